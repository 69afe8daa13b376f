using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Runtime;
using Siamese.Pipelines.Images;
using Siamese.Pipelines.Onnx;

namespace Siamese.Pipelines.Embeddings;

/// <summary>Embeds a column of image files, images or pixels with an <see cref="EmbeddingModel"/>.</summary>
/// <remarks>
/// <para>
/// An image of another size than the network's is resized as Pillow does it: bilinear with antialiasing. A file is turned upright as its EXIF
/// orientation says. Files are decoded on several threads, beside the batches that are scored.
/// </para>
/// <para>
/// ML.NET's own steps, which are all that a saved model can have, resize to the nearest pixel and ignore EXIF orientation. So the model that is saved gives
/// other embeddings in plain ML.NET wherever an image is resized or turned; a warning in the log of the <see cref="MLContext"/> states it when the model
/// is saved. <c>ml.MetricLearning.Load</c> restores this transformer with all that it does. Set <see cref="EmbedImagesOptions.SavedResize"/> to
/// <see cref="SavedResize.Refuse"/> to make saving an error where an image was resized.
/// </para>
/// </remarks>
public class ImageEmbeddingTransformer : BatchedOnnxTransformer
{
    private readonly EmbedImagesOptions _options;

    internal ImageEmbeddingTransformer(
        MLContext ml, EmbeddingModel model, string outputColumn, string inputColumn, ImageColumnKind kind, EmbedImagesOptions options)
        : base(ml, model.CreateStep(outputColumn, inputColumn, kind, options), options.Scoring)
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

        bool fromFiles = Step.Inputs.Any(input => input.Paths is not null);
        string size = string.Create(CultureInfo.InvariantCulture, $"{Model.Input.Width}x{Model.Input.Height}");
        string differs = fromFiles
            ? $"resizes images that are not {size} to the nearest pixel and ignores EXIF orientation, so those images get other embeddings there"
            : $"resizes images that are not {size} to the nearest pixel, so those images get other embeddings there";
        using IChannel channel = ((IHostEnvironment)ml).Start(nameof(ImageEmbeddingTransformer));
        channel.Warning(
            MessageSensitivity.None,
            "{0}Plain ML.NET (ml.Model.Load) {1}. ml.MetricLearning.Load restores the exact behavior.",
            HasResized ? "Images were resized with antialiasing. " : string.Empty,
            differs);
    }
}
