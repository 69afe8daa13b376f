using Microsoft.ML;
using Microsoft.ML.Data;

namespace Siamese.Pipelines.Faces;

/// <summary>Adds the embedding of a picture's face.</summary>
internal sealed class EmbedFacesStep(MLContext ml, FaceDetector detector, FaceModel model, FacePictureColumn pictures, string output, FaceOptions options)
    : FaceStep(ml, pictures, options)
{
    // Asking for the schema must not load the network.
    private readonly Lazy<FaceEmbedder> _embedder = new(() => new FaceEmbedder(detector, model, options));
    private bool _disposed;

    // The leading 1 is the batch of ML.NET's own ONNX step, as in the columns of EmbedImages: whatever is fitted on one takes the other.
    public override (string Name, DataViewType Type)[] Outputs => [(output, new VectorDataViewType(NumberDataViewType.Single, 1, model.Dimension))];

    public override Func<Func<object?[]>> Prepare(DataViewRow row)
    {
        ObjectDisposedException.ThrowIf(_disposed, typeof(FaceTransformer));
        FaceEmbedder embedder = _embedder.Value;
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
        _disposed = true;
        if (_embedder.IsValueCreated)
        {
            _embedder.Value.Dispose();
        }

        base.Dispose();
    }

    private float[] Missing()
    {
        var missing = new float[model.Dimension];
        Array.Fill(missing, float.NaN);
        return missing;
    }
}
