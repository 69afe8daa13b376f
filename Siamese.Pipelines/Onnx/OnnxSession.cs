using System.Globalization;
using Microsoft.ML.OnnxRuntime;

namespace Siamese.Pipelines.Onnx;

/// <summary>A loaded graph. Any number of threads may run it at once, while another one disposes it.</summary>
internal sealed class OnnxSession : IDisposable
{
    private readonly OnnxBatchRunner _runner;
    private readonly UseCount _uses;

    /// <summary>Loads the graph of a step.</summary>
    /// <param name="step">The graph and its ends.</param>
    /// <param name="threads">The threads that share the work of one run.</param>
    /// <param name="owner">The type that a caller disposes, for <see cref="ObjectDisposedException"/>.</param>
    /// <exception cref="InvalidDataException">The graph cannot be loaded, or takes several rows at once and mixes them.</exception>
    public OnnxSession(OnnxStep step, int threads, Type owner)
    {
        _runner = new OnnxBatchRunner(step, threads);
        _uses = new UseCount(owner, _runner.Dispose);
    }

    /// <summary>Gets the number of rows that every run of the graph takes; 1 where it takes one row, or any number of them.</summary>
    public int RowsOfARun => _runner.RowsOfARun;

    /// <summary>Loads a graph with one thread an operator unless told otherwise.</summary>
    public static InferenceSession Open(byte[] graph, int threads = 1)
    {
        using var options = new SessionOptions
        {
            // More would only wait for each other, and each is made.
            IntraOpNumThreads = Math.Min(threads, Environment.ProcessorCount),
            InterOpNumThreads = 1,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
        };

        // Threads that spin while they wait take the processor from the batches beside them.
        options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
        if (OnnxProbe.MemoryLimit > 0)
        {
            // What nodes make of constants alone stays in memory, all of it at once, which no try of a run has shown. So all of them share what a run may take;
            // one that would take more than its share is left to the run.
            long share = (OnnxProbe.MemoryLimit + graph.Length) / Math.Max(1, OnnxModelCheck.CountNodes(OnnxModelFile.ReadOutline(graph)));
            options.AddSessionConfigEntry("optimization.constant_folding_max_output_size_in_bytes", share.ToString(CultureInfo.InvariantCulture));
        }

        return Open(graph, options);
    }

    /// <summary>Loads a graph to see whether it can be, and what goes in and out: without the second copies of weights that make it fast.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="limited">Whether the values of a run come from the allocator that <see cref="OnnxProbe"/> limits.</param>
    public static InferenceSession OpenToLook(byte[] graph, bool limited)
    {
        using var options = new SessionOptions
        {
            IntraOpNumThreads = 1,
            InterOpNumThreads = 1,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_DISABLE_ALL,
        };
        options.AddSessionConfigEntry("session.disable_prepacking", "1");
        if (limited)
        {
            // Weights are as large as the file, and do not count.
            options.EnableMemoryPattern = false;
            options.AddSessionConfigEntry("session.use_env_allocators", "1");
            options.AddSessionConfigEntry("session.use_device_allocator_for_initializers", "1");
        }

        return Open(graph, options);
    }

    /// <summary>Rounds a number of rows up to a multiple of <see cref="RowsOfARun"/>.</summary>
    public int RoundUp(int rows) => _runner.RoundUp(rows);

    /// <summary>Begins a use of several runs, all of which end whoever disposes the graph meanwhile.</summary>
    /// <exception cref="ObjectDisposedException">The graph was disposed.</exception>
    public Use Enter()
    {
        _uses.Enter();
        return new Use(this);
    }

    /// <summary>Scores rows [first, first + count) of buffers that hold a row after the other, whatever batches the graph takes.</summary>
    /// <exception cref="ObjectDisposedException">The graph was disposed.</exception>
    /// <exception cref="InvalidDataException">The graph cannot be run.</exception>
    public void Run(float[][] inputs, float[][] outputs, int first, int count)
    {
        using Use use = Enter();
        use.Run(inputs, outputs, first, count);
    }

    public void Dispose() => _uses.Dispose();

    private static InferenceSession Open(byte[] graph, SessionOptions options)
    {
        try
        {
            return new InferenceSession(graph, options);
        }
        catch (Exception exception) when (exception is OnnxRuntimeException or ArgumentException or NullReferenceException)
        {
            // ONNX Runtime's own reading of names that are not text ends in the last two.
            throw new InvalidDataException(
                "The ONNX graph could not be loaded: it is truncated, not an ONNX file, or uses operators that ONNX Runtime "
                + $"{typeof(InferenceSession).Assembly.GetName().Version?.ToString(3)} lacks.",
                exception);
        }
    }

    /// <summary>A use in progress; to be disposed once.</summary>
    public readonly struct Use(OnnxSession session) : IDisposable
    {
        /// <inheritdoc cref="OnnxSession.Run(float[][], float[][], int, int)"/>
        public void Run(float[][] inputs, float[][] outputs, int first, int count) => session._runner.Run(inputs, outputs, first, count);

        public void Dispose() => session._uses.Exit();
    }
}
