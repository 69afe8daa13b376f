using Microsoft.ML.Data;
using Siamese.Pipelines.Faces;
using Siamese.Pipelines.Images;

namespace Siamese.Samples.GalleryServer;

/// <summary>Finds, aligns and embeds the faces of a photograph.</summary>
internal sealed class FaceReader(FaceDetector detector, FaceModel model, ServerSettings settings) : IDisposable
{
    private readonly FaceEmbedder _embedder = new(detector, model, new FaceOptions { Selection = FaceSelection.All });
    private readonly ImageFileOptions _file = new() { MaximumPixels = settings.MaximumPixels };

    public FaceReading Read(ReadOnlyMemory<byte> photograph, bool thumbnails = false)
    {
        using MLImage image = Decode(photograph);
        IReadOnlyList<FaceEmbedding> faces = _embedder.Embed(image);
        return new FaceReading(
            image.Width,
            image.Height,
            [
                .. faces.Select(face => new FoundFace(
                    face.Face!.Box, face.Face.Score, face.Embedding, thumbnails ? FaceThumbnail.Of(image, face.Face.Box) : [])),
            ]);
    }

    public void Dispose() => _embedder.Dispose();

    private MLImage Decode(ReadOnlyMemory<byte> photograph)
    {
        try
        {
            return ImageFile.Read(photograph, "photograph", _file);
        }
        catch (InvalidDataException exception)
        {
            throw new ProblemException(
                StatusCodes.Status422UnprocessableEntity,
                "The photograph cannot be read.",
                exception.Message,
                $"Send a whole PNG, JPEG, WebP, BMP or GIF file of at most {settings.MaximumPixels:N0} pixels, width x height.");
        }
    }
}
