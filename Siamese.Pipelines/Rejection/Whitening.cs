using System.Numerics.Tensors;
using Siamese.Pipelines.Onnx;
using Siamese.Pipelines.Retrieval;

namespace Siamese.Pipelines.Rejection;

/// <summary>
/// Turns features so that the covariance that the classes share becomes the unit matrix: Euclidean distance behind it is Mahalanobis
/// distance before it.
/// </summary>
internal sealed class Whitening
{
    private readonly int _dimension;
    private readonly double[] _center;

    // The inverse of the covariance's Cholesky factor, row by row: lower triangular.
    private readonly double[][] _inverse;

    private Whitening(double[] center, double[][] inverse, double shrinkage)
    {
        _dimension = center.Length;
        _center = center;
        _inverse = inverse;
        Shrinkage = shrinkage;
    }

    /// <summary>Gets the weight of the spherical covariance.</summary>
    public double Shrinkage { get; }

    /// <summary>Fits the covariance of the rows about the means of their classes.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="shrinkage">
    /// The weight in [0, 1] of a sphere of the same trace; null takes the one of least expected error (Ledoit and Wolf, A Well-conditioned
    /// Estimator for Large-dimensional Covariance Matrices, 2004).
    /// </param>
    /// <exception cref="ArgumentException">The rows do not vary about the means of their classes.</exception>
    public static Whitening Fit(FeatureRows rows, double? shrinkage)
    {
        int dimension = rows.Width;
        double[][] means = rows.Means();
        double[][] products = [.. Enumerable.Range(0, dimension).Select(_ => new double[dimension])];
        double fourth = 0;
        const int BlockRows = 256;
        var block = new double[BlockRows * dimension];
        for (int start = 0; start < rows.Count; start += BlockRows)
        {
            int count = Math.Min(BlockRows, rows.Count - start);
            for (int i = 0; i < count; i++)
            {
                double[] mean = means[rows.Classes[start + i]];
                ReadOnlySpan<float> row = rows.Row(start + i);
                Span<double> residual = block.AsSpan(i * dimension, dimension);
                for (int j = 0; j < dimension; j++)
                {
                    residual[j] = row[j] - mean[j];
                }

                double square = TensorPrimitives.SumOfSquares<double>(residual);
                fourth += square * square;
            }

            // The lower triangle, a row of it on one thread: the order of the sums does not depend on how many there are.
            Parallel.For(0, dimension, row =>
            {
                Span<double> sums = products[row].AsSpan(0, row + 1);
                for (int i = 0; i < count; i++)
                {
                    ReadOnlySpan<double> residual = block.AsSpan(i * dimension, dimension);
                    TensorPrimitives.MultiplyAdd(residual[..(row + 1)], residual[row], sums, sums);
                }
            });
        }

        double trace = Enumerable.Range(0, dimension).Sum(i => products[i][i]) / rows.Count;
        if (!(trace > 0))
        {
            throw new ArgumentException(
                $"The {rows.Count} rows do not vary about the means of their classes, so they have no covariance. "
                + "Give more rows of each class, or take the distance to the nearest prototype.",
                nameof(rows));
        }

        double weight = shrinkage ?? LedoitWolf(products, trace, fourth, rows.Count);
        for (int row = 0; row < dimension; row++)
        {
            Span<double> line = products[row].AsSpan(0, row + 1);
            TensorPrimitives.Multiply(line, (1 - weight) / rows.Count, line);
            line[row] += weight * trace / dimension;
        }

        Factor(products, trace / dimension);
        var center = new double[dimension];
        foreach (double[] mean in means)
        {
            TensorPrimitives.MultiplyAdd(mean, 1.0 / means.Length, center, center);
        }

        return new Whitening(center, Inverse(products), weight);
    }

    /// <summary>Whitens rows, one after another.</summary>
    public double[] Apply(ReadOnlySpan<double> rows)
    {
        var whitened = new double[rows.Length];
        var centered = new double[_dimension];
        for (int start = 0; start < rows.Length; start += _dimension)
        {
            for (int i = 0; i < _dimension; i++)
            {
                centered[i] = rows[start + i] - _center[i];
            }

            for (int i = 0; i < _dimension; i++)
            {
                whitened[start + i] = TensorPrimitives.Dot<double>(_inverse[i].AsSpan(0, i + 1), centered.AsSpan(0, i + 1));
            }
        }

        return whitened;
    }

    /// <summary>Writes the same into a graph.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="input">Rows of float32.</param>
    /// <returns>The whitened rows, float64.</returns>
    public string Write(OnnxGraphBuilder graph, string input)
    {
        string rows = DistanceNodes.ToDouble(graph, input, "rows");
        string centered = graph.Node("Sub", [rows, graph.Initializer("center", _center, 1, _dimension)]);
        var matrix = new double[_dimension * _dimension];
        for (int row = 0; row < _dimension; row++)
        {
            for (int column = 0; column <= row; column++)
            {
                matrix[(row * _dimension) + column] = _inverse[row][column];
            }
        }

        return graph.Node("whitened", "Gemm", [centered, graph.Initializer("whitening", matrix, _dimension, _dimension)], OnnxAttribute.Int("transB", 1));
    }

    private static double LedoitWolf(double[][] products, double trace, double fourth, int count)
    {
        int dimension = products.Length;
        double squares = 0;
        for (int row = 0; row < dimension; row++)
        {
            ReadOnlySpan<double> line = products[row].AsSpan(0, row);
            squares += (2 * TensorPrimitives.SumOfSquares(line)) + (products[row][row] * products[row][row]);
        }

        squares /= (double)count * count;
        double mean = trace / dimension;
        double error = ((fourth / count) - squares) / ((double)dimension * count);
        double dispersion = (squares - (2 * mean * trace) + (dimension * mean * mean)) / dimension;
        return dispersion > 0 ? Math.Clamp(error / dispersion, 0, 1) : 0;
    }

    /// <summary>Replaces the lower triangle of a covariance by its Cholesky factor.</summary>
    private static void Factor(double[][] covariance, double scale)
    {
        for (int row = 0; row < covariance.Length; row++)
        {
            double[] line = covariance[row];
            for (int column = 0; column < row; column++)
            {
                double rest = line[column] - TensorPrimitives.Dot<double>(line.AsSpan(0, column), covariance[column].AsSpan(0, column));
                line[column] = rest / covariance[column][column];
            }

            double pivot = line[row] - TensorPrimitives.SumOfSquares<double>(line.AsSpan(0, row));

            // A direction in which nothing varies, such as a unit that is always off, tells as little as rounding does.
            line[row] = Math.Sqrt(Math.Max(pivot, 1e-10 * scale));
        }
    }

    private static double[][] Inverse(double[][] factor)
    {
        int dimension = factor.Length;
        double[][] inverse = [.. Enumerable.Range(0, dimension).Select(row => new double[row + 1])];
        for (int row = 0; row < dimension; row++)
        {
            double[] line = inverse[row];
            for (int k = 0; k < row; k++)
            {
                Span<double> head = line.AsSpan(0, k + 1);
                TensorPrimitives.MultiplyAdd(inverse[k], -factor[row][k], head, head);
            }

            line[row] = 1;
            TensorPrimitives.Divide(line, factor[row][row], line);
        }

        return inverse;
    }
}
