using System.Globalization;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Siamese.Pipelines.Onnx;

/// <summary>Runs a graph once when it is loaded, under a limit of memory and time, so that a small file cannot take all memory later.</summary>
/// <remarks>
/// <para>
/// What a graph makes of its input can be told from its shapes for most operators, but not for all (a Loop, a NonZero, a shape that is
/// computed), and ONNX Runtime has no limit for one session. So all graphs are tried one after the other in sessions that share
/// one allocator, which refuses to grow beyond the limit: a ConstantOfShape, Expand, Tile, Resize, an outer product or a hundred Concat
/// nodes that double what they take fail there, before anything is allocated.
/// </para>
/// <para>
/// It covers what the values of a run take at once, for one row and for as many as are scored together by default. It does not cover weights, which the file itself
/// holds, nor a graph that takes more for pixels or numbers of rows other than those tried.
/// </para>
/// </remarks>
internal static class OnnxProbe
{
    /// <summary>The name of the AppContext setting that replaces the default limit: a number of bytes, or 0 to try no graph.</summary>
    public const string LimitSetting = "Siamese.Pipelines.OnnxMemoryLimit";

    private const long DefaultLimit = 512L << 20;

    // For dimensions other than the first that a file leaves free.
    private const long FreeDimension = 32;

    private static readonly TimeSpan LongestLoop = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan LongestRun = TimeSpan.FromSeconds(60);
    private static readonly Lock Gate = new();
    private static readonly Lazy<bool> HasLimitedAllocator = new(RegisterAllocator);

    /// <summary>Gets the bytes that the values of a run may take at once; 0 where graphs are not tried.</summary>
    public static long MemoryLimit { get; } = ReadLimit();

    /// <summary>Loads a graph to look at, and to be tried by <see cref="Run"/>.</summary>
    /// <exception cref="InvalidDataException">The graph cannot be loaded.</exception>
    public static InferenceSession Open(byte[] graph) => OnnxSession.OpenToLook(graph, limited: MemoryLimit > 0 && HasLimitedAllocator.Value);

    /// <summary>Checks and tries a graph of which nothing else is known.</summary>
    /// <exception cref="InvalidDataException">The graph contradicts itself, cannot be loaded, or takes too much memory or too long.</exception>
    public static void Try(byte[] graph)
    {
        bool hasLoops = OnnxModelCheck.HasLoops(OnnxModelFile.ReadOutline(graph));
        using InferenceSession session = Open(graph);
        Run(session, hasLoops, mustRun: false);
    }

    /// <summary>Tries a graph on one row, and on as many as are scored together by default.</summary>
    /// <param name="session">What <see cref="Open"/> returned.</param>
    /// <param name="hasLoops">Whether the graph could run without end.</param>
    /// <param name="mustRun">
    /// Whether a graph is refused that fails for another reason than memory and time. One whose inputs are not known to go together may.
    /// </param>
    /// <exception cref="InvalidDataException">The graph takes too much memory or too long, or cannot be run.</exception>
    public static void Run(InferenceSession session, bool hasLoops, bool mustRun)
    {
        if (MemoryLimit == 0 || !HasLimitedAllocator.Value || session.InputMetadata.Values.Any(input => !IsNumber(input)))
        {
            return;
        }

        long rowLength = session.InputMetadata.Values.Sum(input => input.Dimensions.Skip(1).Aggregate(1L, (product, size) => Saturate(product, size < 0 ? FreeDimension : size)));
        if (rowLength > MemoryLimit / sizeof(float))
        {
            throw TooLarge(session, "its input alone takes more");
        }

        lock (Gate)
        {
            RunOnce(session, 1, hasLoops ? LongestLoop : LongestRun, mustRun);
            int batch = new OnnxScoringOptions().BatchSizeFor((int)Math.Max(1, rowLength));
            if (batch > 1 && session.InputMetadata.Values.Any(input => input.Dimensions is [< 0, ..]))
            {
                RunOnce(session, batch, hasLoops ? LongestLoop : LongestRun, mustRun: false);
            }
        }
    }

    private static void RunOnce(InferenceSession session, long rows, TimeSpan limit, bool mustRun)
    {
        var inputs = new List<OrtValue>();
        using var options = new RunOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };

        // Memory goes back to the system, rather than staying with the allocator that all tries share.
        options.AddRunConfigEntry("memory.enable_memory_arena_shrinkage", "cpu:0");
        using var late = new CancellationTokenSource(limit);
        try
        {
            string[] names = [.. session.InputMetadata.Keys];
            foreach (NodeMetadata input in session.InputMetadata.Values)
            {
                inputs.Add(Value(input, rows));
            }

            using CancellationTokenRegistration stop = late.Token.Register(() => options.Terminate = true);
            using IDisposableReadOnlyCollection<OrtValue> outputs = session.Run(options, names, inputs, session.OutputNames);
        }
        catch (OnnxRuntimeException exception)
        {
            bool isLate = late.IsCancellationRequested;
            bool isLarge = IsOutOfMemory(exception);
            if (isLate || isLarge)
            {
                ReturnMemory();
            }

            if (isLarge)
            {
                throw TooLarge(session, $"a run of {rows} row(s) takes more: {exception.Message}", exception);
            }

            if (isLate)
            {
                throw new InvalidDataException($"The ONNX graph was stopped: a run of {rows} row(s) did not end within {limit.TotalSeconds} seconds.", exception);
            }

            if (mustRun)
            {
                throw new InvalidDataException($"The ONNX graph cannot be run: {exception.Message}", exception);
            }
        }
        finally
        {
            inputs.ForEach(input => input.Dispose());
        }
    }

    private static OrtValue Value(NodeMetadata input, long rows)
    {
        long[] shape = [.. input.Dimensions.Select((size, axis) => size >= 0 ? size : axis == 0 ? rows : FreeDimension)];
        OrtValue value = OrtValue.CreateAllocatedTensorValue(OrtAllocator.DefaultInstance, input.ElementDataType, shape);
        if (input.ElementDataType == TensorElementType.Float)
        {
            // As pixels: one row that are not all alike, several rows the largest there are, for shapes that are computed of them.
            Span<float> values = value.GetTensorMutableDataAsSpan<float>();
            for (int i = 0; i < values.Length; i++)
            {
                values[i] = rows == 1 ? i & byte.MaxValue : byte.MaxValue;
            }
        }
        else
        {
            value.GetTensorMutableRawData().Clear();
        }

        return value;
    }

    private static bool IsNumber(NodeMetadata input) => input.IsTensor && !input.IsString;

    private static long Saturate(long x, long y) => (long)UInt128.Min((UInt128)x * (UInt128)y, long.MaxValue);

    private static bool IsOutOfMemory(OnnxRuntimeException exception) =>
        exception.Message.Contains("Available memory of", StringComparison.Ordinal)
        || exception.Message.Contains("bad_alloc", StringComparison.Ordinal)
        || exception.Message.Contains("Failed to allocate", StringComparison.Ordinal)
        || exception.Message.Contains("Integer overflow", StringComparison.OrdinalIgnoreCase)
        || exception.Message.Contains("size overflow", StringComparison.OrdinalIgnoreCase);

    private static InvalidDataException TooLarge(InferenceSession session, string found, Exception? inner = null) => new(
        $"The ONNX graph with the output '{session.OutputNames[0]}' needs more memory than the {MemoryLimit:N0} bytes that a graph may take for the values of a run; {found} "
        + $"If you trust the file, raise the limit by the runtime setting {LimitSetting}, in bytes.",
        inner);

    /// <summary>Lets the shared allocator give back what a try that failed has left.</summary>
    private static void ReturnMemory()
    {
        var builder = new OnnxGraphBuilder("shrink");
        builder.Output(builder.Node("Identity", [builder.Input("x", 1)]), "y", 1);
        using InferenceSession session = Open(builder.ToArray());
        RunOnce(session, 1, LongestRun, mustRun: false);
    }

    private static bool RegisterAllocator()
    {
        try
        {
            using var memory = new OrtMemoryInfo(OrtMemoryInfo.allocatorCPU, OrtAllocatorType.ArenaAllocator, 0, OrtMemType.Default);

            // 1: the allocator grows by what is asked for, not by powers of two; -1: ONNX Runtime's own default.
            using var limit = new OrtArenaCfg((uint)MemoryLimit, 1, -1, -1);
            OrtEnv.Instance().CreateAndRegisterAllocator(memory, limit);
            return true;
        }
        catch (OnnxRuntimeException)
        {
            // The application shares an allocator of its own between its sessions, of which there can be only one.
            return false;
        }
    }

    private static long ReadLimit()
    {
        object? setting = AppContext.GetData(LimitSetting);
        if (setting is null)
        {
            return DefaultLimit;
        }

        return long.TryParse(Convert.ToString(setting, CultureInfo.InvariantCulture), NumberStyles.None, CultureInfo.InvariantCulture, out long limit) && limit <= uint.MaxValue
            ? limit
            : throw new InvalidOperationException($"The runtime setting {LimitSetting} is '{setting}', but must be a number of bytes from 0 to {uint.MaxValue}.");
    }
}
