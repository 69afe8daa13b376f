namespace Siamese.Pipelines.Embeddings;

/// <summary>What becomes of the resize of images when a chain is saved as a plain ML.NET model.</summary>
public enum SavedResize
{
    /// <summary>A chain that had to resize an image refuses to be saved, since plain ML.NET would resize it otherwise.</summary>
    Refuse,

    /// <summary>The saved chain resizes to the nearest pixel in plain ML.NET. <c>ml.MetricLearning.Load</c> restores the antialiased resize.</summary>
    NearestPixel,
}
