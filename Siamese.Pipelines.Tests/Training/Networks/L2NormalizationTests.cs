using Siamese.Training.Networks;
using static TorchSharp.torch;

namespace Siamese.Pipelines.Tests.Training.Networks;

public sealed class L2NormalizationTests
{
    [Test]
    public void Each_row_gets_length_one_and_zeros_stay_zeros()
    {
        using var normalization = new L2Normalization();
        using Tensor input = tensor(new float[,] { { 3, 4 }, { 0, 0 }, { 0, -5 } });

        using Tensor output = normalization.call(input);

        Assert.That(output.data<float>().ToArray(), Is.EqualTo(new[] { 0.6f, 0.8f, 0, 0, 0, -1 }).Within(1e-7f));
    }
}
