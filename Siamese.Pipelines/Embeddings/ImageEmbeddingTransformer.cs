using Microsoft.ML;
using Microsoft.ML.Runtime;
using Siamese.Pipelines.Onnx;

namespace Siamese.Pipelines.Embeddings;

/// <summary>Embeds a column of images or of their pixels with an <see cref="EmbeddingModel"/>.</summary>
/// <remarks>
/// Where the column holds images, one of another size than the network's is resized here as Pillow does it: bilinear with
/// antialiasing. ML.NET's own resize, which is all that a saved model can have, takes the nearest pixel; so a transformer that had
/// to resize an image refuses to be saved unless <see cref="EmbedImagesOptions.SavedResize"/> allows it, and one that reads images says
/// so in the log of the <see cref="MLContext"/> when it is saved.
/// </remarks>
public class ImageEmbeddingTransformer : BatchedOnnxTransformer
{
    private readonly EmbedImagesOptions _options;

    internal ImageEmbeddingTransformer(MLContext ml, EmbeddingModel model, string outputColumn, string inputColumn, bool fromImages, EmbedImagesOptions options)
        : base(ml, model.CreateStep(outputColumn, inputColumn, fromImages, options.HiddenColumnName), options.Scoring)
    {
        Model = model;
        _options = options;
    }

    /// <summary>Gets the network.</summary>
    public EmbeddingModel Model { get; }

    private protected override void PrepareToSave(MLContext ml)
    {
        if (Step.Inputs.All(input => input.Image is null))
        {
            return;
        }

        if (HasResized && _options.SavedResize == SavedResize.Refuse)
        {
            throw new InvalidOperationException(
                $"The model cannot be saved as it is: images were resized to {Model.Input} with antialiasing, but a saved ML.NET model "
                + "resizes to the nearest pixel, which gives other embeddings. Resize the images before the chain, or set "
                + $"{nameof(EmbedImagesOptions)}.{nameof(EmbedImagesOptions.SavedResize)} to {nameof(SavedResize.NearestPixel)} to accept it.");
        }

        using IChannel channel = ((IHostEnvironment)ml).Start(nameof(ImageEmbeddingTransformer));
        channel.Warning(
            MessageSensitivity.None,
            "The saved model takes images of {0}x{1}: in plain ML.NET images of another size are resized to the nearest pixel, and embed otherwise than here.",
            Model.Input.Width,
            Model.Input.Height);
    }
}
