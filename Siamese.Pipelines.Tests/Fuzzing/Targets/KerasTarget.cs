using Siamese.Pipelines.Tests.Training.Weights;
using Siamese.Training.Weights;

namespace Siamese.Pipelines.Tests.Fuzzing.Targets;

/// <summary>Opens weight files of Keras (HDF5), and makes the network of those that can be opened.</summary>
internal sealed class KerasTarget : FuzzTarget
{
    public override string Name => "keras";

    public override int UsualCount => 600;

    public override void Read(byte[] input, string folder)
    {
        string path = Path.Combine(folder, "weights.h5");
        File.WriteAllBytes(path, input);
        using Vgg16Weights weights = Vgg16Weights.Open(path);
        _ = weights.ToEmbeddingModel(Vgg16Options.VggFace);
    }

    protected override IEnumerable<byte[]> MakeSeeds()
    {
        foreach (bool nested in new[] { false, true })
        {
            string path = Path.GetTempFileName();
            try
            {
                KerasWeights.Write(path, KerasWeights.Draw(1), nested);
                yield return File.ReadAllBytes(path);
            }
            finally
            {
                File.Delete(path);
            }
        }
    }
}
