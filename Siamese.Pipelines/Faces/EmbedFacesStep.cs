using Microsoft.ML;
using Microsoft.ML.Data;

namespace Siamese.Pipelines.Faces;

/// <summary>Adds the embedding of a picture's face.</summary>
internal sealed class EmbedFacesStep(MLContext ml, FaceDetector detector, FaceModel model, FacePictureColumn pictures, string output, FaceOptions options)
    : FaceStep(ml, pictures, options)
{
    private readonly Lock _opening = new();
    private FaceEmbedder? _embedder;
    private bool _disposed;

    // The leading 1 is the batch of ML.NET's own ONNX step, as in the columns of EmbedImages: whatever is fitted on one takes the other.
    public override (string Name, DataViewType Type)[] Outputs => [(output, new VectorDataViewType(NumberDataViewType.Single, 1, model.Dimension))];

    public override Func<Func<object?[]>> Prepare(DataViewRow row)
    {
        FaceEmbedder embedder = Open();
        Func<Func<(FacePicture? Picture, string Source)>> read = Pictures.Prepare(row, Warn);
        return () =>
        {
            Func<(FacePicture? Picture, string Source)> load = read();
            return () =>
            {
                (FacePicture? picture, string source) = load();
                return [picture is not null && embedder.Embed(picture, source) is [FaceEmbedding face] ? face.Embedding : Missing()];
            };
        };
    }

    public override void Dispose()
    {
        lock (_opening)
        {
            _disposed = true;
            _embedder?.Dispose();
        }

        base.Dispose();
    }

    // Asking for the schema must not load the network, and a network that is being loaded while the step is disposed must not stay.
    private FaceEmbedder Open()
    {
        lock (_opening)
        {
            ObjectDisposedException.ThrowIf(_disposed, typeof(FaceTransformer));
            return _embedder ??= new FaceEmbedder(detector, model, Options, typeof(FaceTransformer));
        }
    }

    private float[] Missing()
    {
        var missing = new float[model.Dimension];
        Array.Fill(missing, float.NaN);
        return missing;
    }
}
