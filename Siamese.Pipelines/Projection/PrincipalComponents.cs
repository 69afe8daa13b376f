using System.Collections.Immutable;
using System.Numerics.Tensors;
using Microsoft.ML;
using Siamese.Pipelines.Evaluation;

namespace Siamese.Pipelines.Projection;

/// <summary>The directions in which rows vary most, at right angles to each other (Pearson, 1901; Hotelling, 1933).</summary>
/// <remarks>
/// Of up to 512 components the covariance is decomposed; of more, its leading eigenvectors are searched by block Krylov steps (Musco and
/// Musco, Randomized block Krylov methods for stronger and faster approximate singular value decomposition, 2015) until what they leave is
/// less than 1e-4 of the greatest variance, without ever holding the covariance. Each direction's largest component is positive.
/// <para>
/// Inside an estimator chain, where components are to be saved with it, take ML.NET's <c>ml.Transforms.ProjectToPrincipalComponents</c>:
/// it adds a column, but does not tell variances, and its search is random without a check. Take this class to look at rows, to see how
/// many components they need, or to reduce them before a projection.
/// </para>
/// </remarks>
public sealed class PrincipalComponents
{
    private const int FewestRows = 2;
    private const int MostComponentsOfCovariance = 512;

    private readonly float[] _mean;
    private readonly float[] _components;

    private PrincipalComponents(float[] mean, float[] components, ImmutableArray<double> variances, double totalVariance)
    {
        _mean = mean;
        _components = components;
        ExplainedVariance = variances;
        TotalVariance = totalVariance;
    }

    /// <summary>Gets D, the number of components of a row.</summary>
    public int Dimension => _mean.Length;

    /// <summary>Gets K, the number of principal components.</summary>
    public int Count => ExplainedVariance.Length;

    /// <summary>Gets the mean of the rows.</summary>
    /// <value>D values.</value>
    public ReadOnlySpan<float> Mean => _mean;

    /// <summary>Gets the directions.</summary>
    /// <value>(K, D) float32, row after row, each of length 1, that of the greatest variance first.</value>
    public ReadOnlySpan<float> Components => _components;

    /// <summary>Gets the variance of the rows along each direction.</summary>
    /// <value>K values, descending, with the divisor N − 1.</value>
    public ImmutableArray<double> ExplainedVariance { get; }

    /// <summary>Gets the shares of all variance that the directions have.</summary>
    /// <value>K values in [0, 1], descending; all 0 where the rows do not vary.</value>
    public ImmutableArray<double> ExplainedVarianceRatio =>
        [.. ExplainedVariance.Select(variance => TotalVariance > 0 ? variance / TotalVariance : 0)];

    /// <summary>Gets the variance of the rows along all D axes together.</summary>
    public double TotalVariance { get; }

    /// <summary>Finds the principal components of rows.</summary>
    /// <param name="rows">(N, D) float32, row after row, all finite, at least 2 rows.</param>
    /// <param name="dimension">D, the number of components of a row.</param>
    /// <param name="count">K, from 1 to the lesser of D and N − 1.</param>
    /// <param name="options">The seed and the means to spend; the defaults when null.</param>
    /// <returns>The components.</returns>
    /// <exception cref="ArgumentException">The rows are less than 2 or no whole number of rows, or a component is not finite.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The dimension is less than 1, or the count out of range.</exception>
    /// <exception cref="OperationCanceledException">The options' token was cancelled.</exception>
    public static PrincipalComponents Fit(ReadOnlyMemory<float> rows, int dimension, int count, PrincipalComponentsOptions? options = null)
    {
        Guard.AtLeast(dimension, 1, nameof(dimension));
        options ??= new PrincipalComponentsOptions();
        int rowCount = EmbeddingRows.Count(rows.Length, dimension, nameof(rows));
        if (rowCount < FewestRows)
        {
            throw new ArgumentException($"There are {rowCount} {nameof(rows)}, but a variance needs at least {FewestRows}.", nameof(rows));
        }

        EmbeddingScale.GreatestMagnitude(rows.Span, dimension, nameof(rows));
        if (count < 1 || count > Math.Min(dimension, rowCount - 1))
        {
            throw new ArgumentOutOfRangeException(
                nameof(count),
                count,
                $"{count} principal components were asked for, but {rowCount} rows of {dimension} components have "
                + $"from 1 to {Math.Min(dimension, rowCount - 1)}.");
        }

        var parallel = new ParallelOptions
        {
            MaxDegreeOfParallelism = options.MaxDegreeOfParallelism,
            CancellationToken = options.CancellationToken,
        };
        var centered = new CenteredRows(rows, dimension, parallel);
        (double[] variances, double[] vectors) = dimension <= MostComponentsOfCovariance
            ? SymmetricEigen.Decompose(centered.Covariance(), dimension)
            : LeadingEigenvectors.Find(centered, count, options.Seed);
        var components = new float[count * dimension];
        TensorPrimitives.ConvertTruncating<double, float>(vectors.AsSpan(0, components.Length), components);
        for (int i = 0; i < count; i++)
        {
            Span<float> component = components.AsSpan(i * dimension, dimension);
            if (component[TensorPrimitives.IndexOfMaxMagnitude<float>(component)] < 0)
            {
                TensorPrimitives.Negate<float>(component, component);
            }
        }

        var mean = new float[dimension];
        TensorPrimitives.ConvertTruncating(centered.Mean, mean);
        return new PrincipalComponents(
            mean, components, [.. variances.Take(count).Select(variance => Math.Max(variance, 0))], centered.TotalVariance);
    }

    /// <summary>Finds the principal components of a column of embeddings.</summary>
    /// <param name="rows">The rows, which are read once, in order, into memory; at least 2.</param>
    /// <param name="embeddingColumnName">The column of embeddings: a vector of <see cref="float"/>, dense or sparse.</param>
    /// <param name="count">K, from 1 to the lesser of D and N − 1.</param>
    /// <param name="options">The seed and the means to spend; the defaults when null.</param>
    /// <returns>The components.</returns>
    /// <exception cref="ArgumentException">
    /// The column is missing or of another type, its vectors differ in length, the rows are less than 2, or a component is not finite.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">The count is out of range.</exception>
    /// <exception cref="OperationCanceledException">The options' token was cancelled.</exception>
    public static PrincipalComponents Fit(
        IDataView rows, string embeddingColumnName, int count, PrincipalComponentsOptions? options = null)
    {
        (ReadOnlyMemory<float> values, int dimension) =
            EmbeddingRows.Read(rows, embeddingColumnName, options?.CancellationToken ?? default);
        return Fit(values, dimension, count, options);
    }

    /// <summary>Projects rows to the components.</summary>
    /// <param name="rows">(N, D) float32, row after row; D is <see cref="Dimension"/>.</param>
    /// <returns>(N, K) float32, row after row: how far each row is from the mean in each direction.</returns>
    /// <exception cref="ArgumentException">The rows are no whole number of rows of D components.</exception>
    public float[] Project(ReadOnlySpan<float> rows)
    {
        int rowCount = EmbeddingRows.Count(rows.Length, Dimension, nameof(rows));
        var projected = new float[checked(rowCount * Count)];
        var centered = new float[Dimension];
        for (int i = 0; i < projected.Length; i++)
        {
            if (i % Count == 0)
            {
                TensorPrimitives.Subtract(rows.Slice(i / Count * Dimension, Dimension), _mean, centered);
            }

            projected[i] = TensorPrimitives.Dot(centered, Components.Slice(i % Count * Dimension, Dimension));
        }

        return projected;
    }
}
