using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Siamese.Pipelines.Evaluation;

namespace Siamese.Pipelines.Projection;

/// <summary>
/// Projects rows to a plane so that neighbours stay neighbours: t-SNE (van der Maaten and Hinton, Visualizing data using t-SNE, 2008).
/// </summary>
/// <remarks>
/// The distance is the Euclidean one; embeddings that are compared by cosine are to be brought to unit length first. Neighbours are exact.
/// The repulsion is computed by a tree, as van der Maaten's Accelerating t-SNE using tree-based algorithms (2014) has it, with the
/// expansions of fast multipole methods in place of centres of mass.
/// <para>
/// Beside what it is given it takes memory for one copy of the rows and, at a perplexity of 30, about 4 KB a row: 60,000 rows of 10
/// components take 250 MB. An iteration takes time with rows × perplexity. The search for neighbours takes time with rows² × components,
/// but in clusters of few components it leaves most of the pairs out.
/// </para>
/// </remarks>
public static partial class TSne
{
    // Squares of components within these bounds neither overflow a float nor vanish in it.
    private const float GreatestSafeMagnitude = 1e15f;
    private const float LeastSafeMagnitude = 1e-15f;

    private const float StartDeviation = 1e-4f;
    private const int FewestRows = 4;

    // Less than this share of the first component's variance is what rounding leaves.
    private const double LeastSecondVariance = 1e-10;

    /// <summary>Projects rows to a plane.</summary>
    /// <param name="rows">(N, D) float32, row after row, all finite. Equal rows are no trouble: they share a place.</param>
    /// <param name="dimension">D, the number of components of a row.</param>
    /// <param name="options">The perplexity, the means to spend and more; the defaults when null.</param>
    /// <returns>The points, and how well they keep the neighbourhoods.</returns>
    /// <exception cref="ArgumentException">
    /// The rows are no whole number of rows, fewer than 4 or than the perplexity needs, or a component is not finite; or there are not as
    /// many initial coordinates as rows.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">The dimension is less than 1.</exception>
    /// <exception cref="InvalidOperationException">The learning rate was so high that the points flew apart.</exception>
    /// <exception cref="OperationCanceledException">The options' token was cancelled.</exception>
    public static TSneResult Project(ReadOnlyMemory<float> rows, int dimension, TSneOptions? options = null)
    {
        Guard.AtLeast(dimension, 1, nameof(dimension));
        options ??= new TSneOptions();
        int count = CountRows(rows, dimension, options);
        Vector2[]? given = Given(options.InitialCoordinates, count);
        rows = Scale(rows, dimension);
        var parallel = new ParallelOptions
        {
            MaxDegreeOfParallelism = options.MaxDegreeOfParallelism,
            CancellationToken = options.CancellationToken,
        };
        if (options.PrincipalComponents is { } reduced && reduced < Math.Min(dimension, count - 1))
        {
            rows = Components(rows, dimension, reduced, options).Project(rows.Span);
            dimension = reduced;
        }

        Vector2[] start = given ?? Start(rows, dimension, options);

        // Rows that are near each other are kept near each other in memory, too, until the end.
        int[] order = RowOrder.Of(rows.Span, dimension, options.CancellationToken);
        Affinities affinities = Affinities.From(
            NeighborSearch.Find(rows, dimension, order, Neighbors(count, options), parallel), options.Perplexity, parallel);
        var optimizer = new TSneOptimizer(affinities, Array.ConvertAll(order, row => start[row]), options, parallel);
        (Vector2[] points, double divergence, int iterations) = optimizer.Run();
        var coordinates = new float[2 * count];
        for (int i = 0; i < order.Length; i++)
        {
            points[i].CopyTo(coordinates, 2 * order[i]);
        }

        return new TSneResult(coordinates, divergence, iterations);
    }

    private static int CountRows(ReadOnlyMemory<float> rows, int dimension, TSneOptions options)
    {
        int count = EmbeddingRows.Count(rows.Length, dimension, nameof(rows));
        if (count < FewestRows)
        {
            throw new ArgumentException($"There are {count} {nameof(rows)}, but t-SNE needs at least {FewestRows}.", nameof(rows));
        }

        if (count < (3 * options.Perplexity) + 1)
        {
            throw new ArgumentException(
                $"There are {count} {nameof(rows)}, but a perplexity of {options.Perplexity} needs at least "
                + $"{Math.Ceiling((3 * options.Perplexity) + 1)}. Lower {nameof(TSneOptions.Perplexity)} to {Math.Floor((count - 1) / 3.0)} or less, or project more rows.",
                nameof(rows));
        }

        // Each neighbour may stand in two rows of the joint probabilities.
        double probabilities = 2.0 * count * Neighbors(count, options);
        return probabilities <= Array.MaxLength
            ? count
            : throw new ArgumentException(
                $"{count} {nameof(rows)} with a perplexity of {options.Perplexity} have up to {probabilities:E1} probabilities, but at most "
                + $"{Array.MaxLength:E1} can be held. Lower {nameof(TSneOptions.Perplexity)}, or project a sample of the rows.",
                nameof(rows));
    }

    private static int Neighbors(int count, TSneOptions options) => (int)Math.Min(count - 1, (3 * options.Perplexity) + 1);

    private static Vector2[]? Given(ReadOnlyMemory<float>? coordinates, int count)
    {
        if (coordinates is not { } given)
        {
            return null;
        }

        if (given.Length != 2 * count)
        {
            throw new ArgumentException(
                $"{nameof(TSneOptions.InitialCoordinates)} has {given.Length} values, but {count} rows need {2 * count}: x and y of each.",
                nameof(TSneOptions.InitialCoordinates));
        }

        EmbeddingScale.GreatestMagnitude(given.Span, 2, nameof(TSneOptions.InitialCoordinates));
        return MemoryMarshal.Cast<float, Vector2>(given.Span).ToArray();
    }

    /// <summary>Brings rows of extreme magnitude to one whose squares floats can hold. The result does not depend on the scale.</summary>
    private static ReadOnlyMemory<float> Scale(ReadOnlyMemory<float> rows, int dimension)
    {
        float greatest = EmbeddingScale.GreatestMagnitude(rows.Span, dimension, nameof(rows));
        if (greatest is 0 or (>= LeastSafeMagnitude and <= GreatestSafeMagnitude))
        {
            return rows;
        }

        var scaled = new float[rows.Length];
        TensorPrimitives.ScaleB(rows.Span, -MathF.ILogB(greatest), scaled);
        return scaled;
    }

    private static PrincipalComponents Components(ReadOnlyMemory<float> rows, int dimension, int count, TSneOptions options) =>
        PrincipalComponents.Fit(rows, dimension, count, new PrincipalComponentsOptions
        {
            Seed = options.Seed,
            MaxDegreeOfParallelism = options.MaxDegreeOfParallelism,
            CancellationToken = options.CancellationToken,
        });

    private static Vector2[] Start(ReadOnlyMemory<float> rows, int dimension, TSneOptions options)
    {
        var start = new Vector2[rows.Length / dimension];
        var random = new Random(options.Seed);
        if (options.Initialization == TSneInitialization.Random)
        {
            for (int i = 0; i < start.Length; i++)
            {
                start[i] = new Vector2((float)NormalNumbers.Next(random), (float)NormalNumbers.Next(random)) * StartDeviation;
            }

            return start;
        }

        PrincipalComponents components = Components(rows, dimension, Math.Min(2, dimension), options);
        float[] projected = components.Project(rows.Span);
        double first = components.ExplainedVariance[0];

        // As scikit-learn scales: by the deviation with the divisor N.
        float scale = first > 0 ? StartDeviation / (float)Math.Sqrt(first * (start.Length - 1) / start.Length) : 0;
        bool isLine = components.Count < 2 || components.ExplainedVariance[1] <= first * LeastSecondVariance;
        for (int i = 0; i < start.Length; i++)
        {
            // Rows on a line leave the second axis empty, and no force would ever lead out of the line.
            start[i] = isLine
                ? new Vector2(scale * projected[i * components.Count], StartDeviation * (float)NormalNumbers.Next(random))
                : new Vector2(scale * projected[2 * i], scale * projected[(2 * i) + 1]);
        }

        return start;
    }
}
