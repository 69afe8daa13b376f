using Microsoft.ML;
using Siamese.Training.Datasets;

namespace Siamese.Pipelines.Tests.Training;

/// <summary>Small images that a small network learns in seconds: class c has a light stripe at row or column c, in noise.</summary>
internal static class StripedImages
{
    public const int Side = 8;

    public static LabeledImages Create(int perClass, int classes = 4, int seed = 1)
    {
        var random = new Random(seed);
        var pixels = new byte[perClass * classes * Side * Side];
        var labels = new byte[perClass * classes];
        for (int image = 0; image < labels.Length; image++)
        {
            int label = image % classes;
            labels[image] = (byte)label;
            for (int i = 0; i < Side * Side; i++)
            {
                int line = label % 2 == 0 ? i / Side : i % Side;
                pixels[(image * Side * Side) + i] = (byte)(random.Next(120) + (line == label + 1 ? 120 : 0));
            }
        }

        return new LabeledImages(pixels, labels, Side, Side);
    }

    public static IDataView View(MLContext ml, int perClass, int classes = 4, int seed = 1) => Create(perClass, classes, seed).ToDataView(ml);
}
