namespace Siamese.Pipelines.Onnx;

/// <summary>How a graph is run over the rows of a view: by batches, several of them side by side.</summary>
public sealed record OnnxScoringOptions
{
    /// <summary>Gets the most rows that are scored in one run of the graph.</summary>
    /// <value>
    /// The default, null, takes as many rows as hold 131,072 values together, from 1 to 128: 128 of 28x28 pixels, one photograph of
    /// 224x224. Small inputs gain from large batches; large ones gain nothing, and a network's memory grows with the batch. A network that
    /// gives a row something else where other rows stand beside it, which three rows show before the first batch, is run a row at a
    /// time; one whose file fixes the batch is run with just so many rows.
    /// </value>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1.</exception>
    public int? BatchSize { get; init => field = value is { } size ? Guard.AtLeast(size, 1) : null; }

    /// <summary>Gets how many batches one cursor runs side by side, each on a thread of its own.</summary>
    /// <value>The default is the number of processors.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1.</exception>
    public int MaxDegreeOfParallelism { get; init => field = Guard.AtLeast(value, 1); } = Environment.ProcessorCount;

    /// <summary>Gets the threads that share the work of one batch (ONNX Runtime's intra-op threads).</summary>
    /// <value>
    /// The default is 1: batches that run side by side use the processors better. A large network that scores one image at a
    /// time, through a prediction engine, answers sooner with more.
    /// </value>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1.</exception>
    public int ThreadsPerBatch { get; init => field = Guard.AtLeast(value, 1); } = 1;

    /// <summary>Gets what ends a cursor early: its next batch throws <see cref="OperationCanceledException"/>.</summary>
    public CancellationToken CancellationToken { get; init; }

    /// <summary>Gives the batch size for rows of so many values.</summary>
    internal int BatchSizeFor(int rowLength)
    {
        const int ValuesOfABatch = 1 << 17;
        const int MostRows = 128;
        return BatchSize ?? Math.Clamp(ValuesOfABatch / rowLength, 1, MostRows);
    }
}
