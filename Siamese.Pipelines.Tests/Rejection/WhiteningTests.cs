using Siamese.Pipelines.Rejection;

namespace Siamese.Pipelines.Tests.Rejection;

public sealed class WhiteningTests
{
    [Test]
    public void Shrinkage_is_scikit_learns()
    {
        // >>> X = np.array([[((i * 7 + j * 3) % 11) * (j + 1) + (i * j) % 5 for j in range(4)] for i in range(12)], dtype=float)
        // >>> sklearn.covariance.ledoit_wolf(X - X.mean(0), assume_centered=True)[1]
        float[] rows = [.. from i in Enumerable.Range(0, 12) from j in Enumerable.Range(0, 4) select (float)(((((i * 7) + (j * 3)) % 11) * (j + 1)) + (i * j % 5))];

        var whitening = Whitening.Fit(new FeatureRows(rows, 4, new int[12], []), shrinkage: null);

        Assert.That(whitening.Shrinkage, Is.EqualTo(0.24441534050484448).Within(1e-12));
    }

    [Test]
    public void Whitened_rows_have_the_unit_matrix_for_covariance()
    {
        var random = new Random(3);
        float[] rows = [.. Enumerable.Range(0, 500).SelectMany(_ =>
        {
            float a = random.NextSingle();
            float b = random.NextSingle();
            return new[] { a, (3 * a) + b, b - (2 * a) + (0.1f * random.NextSingle()) };
        })];
        double[] whitened = Whitening.Fit(new FeatureRows(rows, 3, new int[500], []), shrinkage: 0).Apply([.. rows.Select(value => (double)value)]);

        double[] means = [.. Enumerable.Range(0, 3).Select(i => whitened.Where((_, at) => at % 3 == i).Average())];
        for (int i = 0; i < 3; i++)
        {
            for (int j = 0; j < 3; j++)
            {
                double covariance = Enumerable.Range(0, 500).Average(row => (whitened[(row * 3) + i] - means[i]) * (whitened[(row * 3) + j] - means[j]));
                Assert.That(covariance, Is.EqualTo(i == j ? 1 : 0).Within(1e-3), $"{i}, {j}");
            }
        }
    }

    [Test]
    public void A_feature_that_never_varies_does_no_harm()
    {
        float[] rows = [.. Enumerable.Range(0, 20).SelectMany(i => new[] { (float)(i % 5), 7f })];

        double[] whitened = Whitening.Fit(new FeatureRows(rows, 2, new int[20], []), shrinkage: null).Apply([.. rows.Select(value => (double)value)]);

        Assert.That(whitened, Has.All.Matches<double>(double.IsFinite));
    }

    [Test]
    public void Rows_that_equal_their_class_mean_are_refused() => Assert.That(
        () => Whitening.Fit(new FeatureRows([1, 2, 1, 2], 2, new int[2], []), shrinkage: null),
        Throws.ArgumentException.With.Message.Contains("2 rows do not vary"));
}
