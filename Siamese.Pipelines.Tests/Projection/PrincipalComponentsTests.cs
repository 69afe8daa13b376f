using Microsoft.ML;
using Siamese.Pipelines.Projection;

namespace Siamese.Pipelines.Tests.Projection;

public sealed class PrincipalComponentsTests
{
    private static readonly float[] Rows = [2, 1, 0, 3, 1, 4, 2, 0, 5, 3, 1, 1, 0, 2, 6, 2, 3, 0, 1, 5, 4, 4, 0, 2];

    // import numpy as np
    // from sklearn.decomposition import PCA                                 # scikit-learn 1.2.1
    // rows = np.array([[2,1,0,3],[1,4,2,0],[5,3,1,1],[0,2,6,2],[3,0,1,5],[4,4,0,2]], float)
    // p = PCA(3, svd_solver='full').fit(rows); c = p.components_
    // signs = np.sign(c[np.arange(3), np.abs(c).argmax(1)])
    // print(p.mean_, c * signs[:, None], p.explained_variance_, p.explained_variance_ratio_, p.transform(rows) * signs)
    [Test]
    public void Fit_agrees_with_scikit_learn()
    {
        PrincipalComponents found = PrincipalComponents.Fit(Rows, 4, 3);

        Assert.That(found.Mean.ToArray(), Is.EqualTo(new[] { 2.5, 2.333333333333, 1.666666666667, 2.166666666667 }).Within(1e-6));
        Assert.That(found.ExplainedVariance, Is.EqualTo(new[] { 7.516381300171, 5.261281293875, 1.157305518117 }).Within(1e-11));
        Assert.That(found.ExplainedVarianceRatio, Is.EqualTo(new[] { 0.529322626773, 0.370512767174, 0.0815003886 }).Within(1e-11));
        Assert.That(
            found.Components.ToArray(),
            Is.EqualTo(new[]
            {
                -0.594565774272, 0.033508891535, 0.78212516084, -0.183436438673,
                -0.160409029737, -0.692112265298, 0.071899223899, 0.70005718124,
                0.780098197948, -0.0146804865, 0.617303399548, 0.100835498613,
            }).Within(1e-6));
        Assert.That(
            found.Project(Rows),
            Is.EqualTo(new[]
            {
                -1.203801268539, 1.466569813134, -1.315284534044,
                1.605850818039, -2.405731048944, -1.207323888234,
                -1.771482770098, -1.727096945254, 1.411281489124,
                4.895026575254, 0.826613769465, 0.712823482235,
                -1.416623650853, 3.470286635074, 0.298468547178,
                -2.108969703804, -1.630642223475, 0.10003490374,
            }).Within(1e-6));
    }

    [Test]
    public void The_search_among_many_components_finds_what_the_decomposition_finds([Values(2, 20)] int count)
    {
        // 600 components are too many for the covariance; it is decomposed here.
        const int Dimension = 600;
        float[] rows = Mixed(new Random(1), 300, Dimension, rank: 40);
        (double[] values, double[] vectors) = SymmetricEigen.Decompose(
            new CenteredRows(rows, Dimension, new ParallelOptions()).Covariance(), Dimension);

        PrincipalComponents found = PrincipalComponents.Fit(rows, Dimension, count);

        Assert.That(found.ExplainedVariance, Is.EqualTo(values[..count]).Within(0.01).Percent);
        Assert.That(found.TotalVariance, Is.EqualTo(values.Sum()).Within(1e-6).Percent);
        for (int i = 0; i < count; i++)
        {
            double cosine = Enumerable.Range(0, Dimension).Sum(d => vectors[(i * Dimension) + d] * found.Components[(i * Dimension) + d]);
            Assert.That(Math.Abs(cosine), Is.EqualTo(1).Within(1e-3), $"component {i}");
        }
    }

    [Test]
    public void Components_are_orthonormal_even_where_rows_vary_in_fewer_directions([Values(30, 700)] int dimension)
    {
        float[] rows = Mixed(new Random(2), 25, dimension, rank: 3);

        PrincipalComponents found = PrincipalComponents.Fit(rows, dimension, 10);

        for (int i = 0; i < 10; i++)
        {
            for (int j = 0; j < 10; j++)
            {
                double product = Enumerable.Range(0, dimension).Sum(d => (double)found.Components[(i * dimension) + d] * found.Components[(j * dimension) + d]);
                Assert.That(product, Is.EqualTo(i == j ? 1 : 0).Within(1e-6));
            }
        }

        Assert.That(found.ExplainedVariance[..3], Is.All.GreaterThan(0.01 * found.TotalVariance));
        Assert.That(found.ExplainedVariance[3..], Is.All.LessThan(1e-6 * found.TotalVariance));
        Assert.That(found.ExplainedVarianceRatio.Sum(), Is.EqualTo(1).Within(1e-5));
    }

    [Test]
    public void The_greatest_loading_is_positive([Values(12, 520)] int dimension)
    {
        PrincipalComponents found = PrincipalComponents.Fit(RandomRows.Normal(new Random(3), 40, dimension), dimension, 8);

        foreach (float[] component in found.Components.ToArray().Chunk(dimension))
        {
            Assert.That(component.MaxBy(Math.Abs), Is.Positive);
        }
    }

    [Test]
    public void Fit_gives_the_same_on_any_number_of_threads([Values(12, 520)] int dimension)
    {
        float[] rows = RandomRows.Normal(new Random(4), 100, dimension);

        PrincipalComponents one = PrincipalComponents.Fit(rows, dimension, 5, new() { MaxDegreeOfParallelism = 1 });
        PrincipalComponents three = PrincipalComponents.Fit(rows, dimension, 5, new() { MaxDegreeOfParallelism = 3 });

        Assert.That(three.Components.ToArray(), Is.EqualTo(one.Components.ToArray()));
        Assert.That(three.ExplainedVariance, Is.EqualTo(one.ExplainedVariance));
    }

    [Test]
    public void Equal_rows_have_no_variance([Values(3, 600)] int dimension)
    {
        PrincipalComponents found = PrincipalComponents.Fit(Enumerable.Repeat(2.5f, 6 * dimension).ToArray(), dimension, 2);

        Assert.That(found.ExplainedVariance, Is.All.EqualTo(0));
        Assert.That(found.ExplainedVarianceRatio, Is.All.EqualTo(0));
        Assert.That(found.Components.ToArray(), Is.All.Matches<float>(float.IsFinite));
    }

    [Test]
    public void Fit_reads_a_column_as_it_reads_rows()
    {
        IDataView view = new MLContext(seed: 1).Data.LoadFromEnumerable(Rows.Chunk(4).Select(row => new Row { Embedding = row }));

        PrincipalComponents found = PrincipalComponents.Fit(view, "Embedding", 3);

        Assert.That(found.Components.ToArray(), Is.EqualTo(PrincipalComponents.Fit(Rows, 4, 3).Components.ToArray()));
    }

    [Test]
    public void What_is_out_of_range_is_refused_with_the_numbers()
    {
        Assert.That(
            () => PrincipalComponents.Fit(Rows, 4, 5),
            Throws.TypeOf<ArgumentOutOfRangeException>().With.Property("ParamName").EqualTo("count")
                .And.Message.Contains("5 principal components").And.Message.Contains("6 rows of 4 components have from 1 to 4"));
        Assert.That(() => PrincipalComponents.Fit(Rows, 4, 0), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => PrincipalComponents.Fit(Rows, 12, 2), Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("from 1 to 1"));
        Assert.That(
            () => PrincipalComponents.Fit(Rows, 5, 2),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("rows").And.Message.Contains("24 values"));
        Assert.That(
            () => PrincipalComponents.Fit(Rows, 24, 1),
            Throws.ArgumentException.With.Message.Contains("There are 1 rows"));
        Assert.That(
            () => PrincipalComponents.Fit(new[] { 1, 2, float.NaN, 4 }, 2, 1),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("rows").And.Message.Contains("Row 1"));
        Assert.That(
            () => PrincipalComponents.Fit(Rows, 4, 2).Project([1, 2, 3]),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("rows").And.Message.Contains("3 values"));
    }

    /// <summary>Rows that vary in a number of directions, in each a little less than in the one before.</summary>
    private static float[] Mixed(Random random, int count, int dimension, int rank)
    {
        float[][] directions = [.. RandomRows.Normal(random, rank, dimension).Chunk(dimension)];
        return [.. RandomRows.Normal(random, count, rank).Chunk(rank).SelectMany(weights => Enumerable.Range(0, dimension)
            .Select(d => 5 + Enumerable.Range(0, rank).Sum(r => weights[r] * MathF.Pow(0.9f, r) * directions[r][d])))];
    }

    private sealed class Row
    {
        public float[] Embedding { get; set; } = [];
    }
}
