using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace Siamese.Pipelines.Evaluation;

/// <summary>Measures how well embeddings find others of their class: each query ranks all references by distance, nearest first.</summary>
/// <remarks>
/// The search is exact. Of references at the same distance the one with the lower index comes first; distances are compared as float32
/// squares. The figures are the same for every number of threads and block size, and on every machine.
/// <para>
/// Beside what it is given it takes memory for one copy of the references, about 12 bytes more for each and 60 for a query, and for each
/// thread <see cref="RetrievalEvaluationOptions.BlockSize"/> × references × 4 bytes: 10,000 queries among 60,000 references of 10
/// components take 4 MB, and 4 MB a thread. Time grows with queries × references × components.
/// </para>
/// </remarks>
public static partial class RetrievalEvaluator
{
    /// <summary>Lets queries rank references that they are not among.</summary>
    /// <param name="queries">(Q, D) float32, row after row, all finite.</param>
    /// <param name="queryLabels">The class of each of the Q queries: any numbers.</param>
    /// <param name="references">(N, D) float32, row after row, all finite.</param>
    /// <param name="referenceLabels">The class of each of the N references.</param>
    /// <param name="dimension">D, the number of components of an embedding.</param>
    /// <param name="options">The distance, the figures and the means; the defaults when null.</param>
    /// <returns>The mean figures of the queries whose class has a reference.</returns>
    /// <exception cref="ArgumentException">
    /// The queries or references are empty or no whole number of rows, a component is not finite, there are not as many labels as rows, or
    /// no query's class has a reference.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">The dimension is less than 1.</exception>
    /// <exception cref="OperationCanceledException">The options' token was cancelled.</exception>
    public static RetrievalMetrics Evaluate(
        ReadOnlyMemory<float> queries,
        ReadOnlySpan<int> queryLabels,
        ReadOnlyMemory<float> references,
        ReadOnlySpan<int> referenceLabels,
        int dimension,
        RetrievalEvaluationOptions? options = null)
    {
        Guard.AtLeast(dimension, 1, nameof(dimension));
        options ??= new RetrievalEvaluationOptions();
        CheckRows(queries.Length, dimension, queryLabels.Length, nameof(queries), nameof(queryLabels));
        CheckRows(references.Length, dimension, referenceLabels.Length, nameof(references), nameof(referenceLabels));
        float greatest = Math.Max(
            EmbeddingScale.GreatestMagnitude(queries.Span, dimension, nameof(queries)),
            EmbeddingScale.GreatestMagnitude(references.Span, dimension, nameof(references)));
        var scale = new EmbeddingScale(options.Distance, greatest);

        var classes = new ReferenceClasses(referenceLabels);
        int[] queryClasses = classes.Of(queryLabels);
        int[] relevant = [.. queryClasses.Select(classes.Count)];
        var panels = new ReferencePanels(references.Span, dimension, scale);
        QueryScore[] scores = Score(queries, queryClasses, relevant, panels, classes, dimension, leaveOneOut: false, options);
        return Summarize(scores, options.RecallAt)
            ?? throw new ArgumentException(
                $"None of the {queryLabels.Length} queries has a reference of its class. Number the classes of both alike.",
                nameof(queryLabels));
    }

    /// <summary>Lets each embedding rank all others.</summary>
    /// <param name="embeddings">
    /// (N, D) float32, row after row, all finite. A row is left out of its own ranking by its index: another that equals it is not.
    /// </param>
    /// <param name="labels">The class of each of the N embeddings: any numbers.</param>
    /// <param name="dimension">D, the number of components of an embedding.</param>
    /// <param name="options">The distance, the figures and the means; the defaults when null.</param>
    /// <returns>The mean figures of the embeddings that are not alone in their class.</returns>
    /// <exception cref="ArgumentException">
    /// The embeddings are empty or no whole number of rows, a component is not finite, there are not as many labels as rows, or no two
    /// rows are of one class.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">The dimension is less than 1.</exception>
    /// <exception cref="OperationCanceledException">The options' token was cancelled.</exception>
    public static RetrievalMetrics EvaluateLeaveOneOut(
        ReadOnlyMemory<float> embeddings,
        ReadOnlySpan<int> labels,
        int dimension,
        RetrievalEvaluationOptions? options = null)
    {
        Guard.AtLeast(dimension, 1, nameof(dimension));
        options ??= new RetrievalEvaluationOptions();
        CheckRows(embeddings.Length, dimension, labels.Length, nameof(embeddings), nameof(labels));
        var scale = new EmbeddingScale(
            options.Distance, EmbeddingScale.GreatestMagnitude(embeddings.Span, dimension, nameof(embeddings)));

        var classes = new ReferenceClasses(labels);
        int[] queryClasses = classes.Of(labels);
        int[] relevant = [.. queryClasses.Select(label => classes.Count(label) - 1)];
        var panels = new ReferencePanels(embeddings.Span, dimension, scale);
        QueryScore[] scores = Score(embeddings, queryClasses, relevant, panels, classes, dimension, leaveOneOut: true, options);
        return Summarize(scores, options.RecallAt)
            ?? throw new ArgumentException(
                $"No two of the {labels.Length} embeddings are of one class, so that none can be found by another.", nameof(labels));
    }

    private static void CheckRows(int values, int dimension, int labels, string name, string labelsName)
    {
        if (values == 0)
        {
            throw new ArgumentException($"There are no {name}.", name);
        }

        if (values % dimension != 0)
        {
            throw new ArgumentException(
                $"The {name} have {values} values, which is no whole number of rows of {dimension} components.", name);
        }

        if (labels != values / dimension)
        {
            throw new ArgumentException(
                $"There are {labels} labels, but {name} of {values / dimension} rows. Give one label a row.", labelsName);
        }
    }

    private static QueryScore[] Score(
        ReadOnlyMemory<float> queries,
        int[] queryClasses,
        int[] relevant,
        ReferencePanels panels,
        ReferenceClasses classes,
        int dimension,
        bool leaveOneOut,
        RetrievalEvaluationOptions options)
    {
        int count = queryClasses.Length;
        int threads = Math.Min(options.MaxDegreeOfParallelism, count);
        int block = Math.Min(options.BlockSize, ((count - 1) / threads) + 1);
        var scores = new QueryScore[count];
        var progress = new BlockProgress(options.Progress, count);
        int next = -1;

        // One body a thread, which takes block after block, so that each thread's buffers are made once.
        Parallel.For(
            0,
            threads,
            new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = options.CancellationToken },
            _ =>
            {
                var scorer = new QueryScorer();
                var scratch = new float[checked(block * dimension)];
                var distances = new float[checked(block * panels.Stride)];
                for (long first; (first = (long)Interlocked.Increment(ref next) * block) < count;)
                {
                    options.CancellationToken.ThrowIfCancellationRequested();
                    int start = (int)first;
                    int taken = Math.Min(block, count - start);
                    panels.SquaredDistances(queries.Span.Slice(start * dimension, taken * dimension), scratch, distances);
                    for (int i = 0; i < taken; i++)
                    {
                        int query = start + i;
                        if (relevant[query] > 0)
                        {
                            Span<float> ranking = distances.AsSpan(i * panels.Stride, classes.Labels.Length);
                            if (leaveOneOut)
                            {
                                ranking[query] = float.PositiveInfinity;
                            }

                            scores[query] = scorer.Score(
                                ranking, classes.Labels, classes.Members(queryClasses[query]), relevant[query]);
                        }
                    }

                    progress.Add(taken);
                }
            });
        return scores;
    }

    private static RetrievalMetrics? Summarize(QueryScore[] scores, ImmutableArray<int> recallAt)
    {
        // Summed in the order of the queries, so that threads leave no trace in the last digits.
        QueryScore[] counted = [.. scores.Where(score => score.FirstMatch > 0)];
        return counted.Length == 0
            ? null
            : new RetrievalMetrics
            {
                PrecisionAt1 = RecallAt(1),
                RPrecision = counted.Average(score => score.RPrecision),
                MeanAveragePrecisionAtR = counted.Average(score => score.AveragePrecision),
                MeanReciprocalRank = counted.Average(score => 1.0 / score.FirstMatch),
                RecallAtK = recallAt.Distinct().ToImmutableSortedDictionary(k => k, RecallAt),
                Queries = counted.Length,
                QueriesWithoutMatch = scores.Length - counted.Length,
            };

        double RecallAt(int k) => (double)counted.Count(score => score.FirstMatch <= k) / counted.Length;
    }

    /// <summary>The references by class, with the labels numbered from 0.</summary>
    private sealed class ReferenceClasses
    {
        private readonly Dictionary<int, int> _numbers = [];
        private readonly List<List<int>> _members = [];

        public ReferenceClasses(ReadOnlySpan<int> labels)
        {
            Labels = new int[labels.Length];
            for (int i = 0; i < labels.Length; i++)
            {
                if (!_numbers.TryGetValue(labels[i], out int number))
                {
                    number = _members.Count;
                    _numbers.Add(labels[i], number);
                    _members.Add([]);
                }

                Labels[i] = number;
                _members[number].Add(i);
            }
        }

        public int[] Labels { get; }

        /// <summary>Finds the classes of labels: −1 where no reference has the label.</summary>
        public int[] Of(ReadOnlySpan<int> labels)
        {
            var classes = new int[labels.Length];
            for (int i = 0; i < labels.Length; i++)
            {
                classes[i] = _numbers.TryGetValue(labels[i], out int number) ? number : -1;
            }

            return classes;
        }

        public int Count(int number) => number < 0 ? 0 : _members[number].Count;

        public ReadOnlySpan<int> Members(int number) => CollectionsMarshal.AsSpan(_members[number]);
    }

    private sealed class BlockProgress(IProgress<double>? progress, int total)
    {
        private readonly Lock _lock = new();
        private int _done;

        public void Add(int count)
        {
            if (progress is not null)
            {
                lock (_lock)
                {
                    _done += count;
                    progress.Report((double)_done / total);
                }
            }
        }
    }
}
