using Siamese.Pipelines.Evaluation;

namespace Siamese.Pipelines.Tests.Evaluation;

public sealed class BinomialBoundTests
{
    // By exact sums of binomial coefficients in Python. Of no event in n trials it is 1 - 0.05^(1/n).
    [TestCase(0, 1, 0.95)]
    [TestCase(0, 2, 0.7763932022500211)]
    [TestCase(0, 10, 0.2588655508930523)]
    [TestCase(1, 10, 0.3941633024365049)]
    [TestCase(9, 10, 0.9948838031081764)]
    [TestCase(5, 100, 0.10225337764327452)]
    [TestCase(20, 2000, 0.014498062606976671)]
    [TestCase(10, 10, 1)]
    public void Upper_is_the_bound_of_Clopper_and_Pearson(int events, int trials, double expected) =>
        Assert.That(BinomialBound.Upper(events, trials, 0.95), Is.EqualTo(expected).Within(1e-8));
}
