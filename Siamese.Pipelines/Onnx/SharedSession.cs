using Microsoft.ML.OnnxRuntime;

namespace Siamese.Pipelines.Onnx;

/// <summary>A network in native memory that any number of threads may run, while another one disposes it.</summary>
/// <remarks>ONNX Runtime itself crashes the process where a session is disposed under a run.</remarks>
internal sealed class SharedSession : IDisposable
{
    private readonly InferenceSession _session;
    private readonly RunOptions _runOptions = new();
    private readonly RunOptions _quietly = new() { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
    private readonly UseCount _uses;

    /// <summary>Takes over a session.</summary>
    /// <param name="session">Is disposed with this object.</param>
    /// <param name="owner">The type that a caller disposes, for <see cref="ObjectDisposedException"/>.</param>
    public SharedSession(InferenceSession session, Type owner)
    {
        _session = session;
        _uses = new UseCount(owner, Free);
    }

    /// <summary>Begins a use, within which the network stays loaded whoever disposes it.</summary>
    /// <exception cref="ObjectDisposedException">It was disposed.</exception>
    public Use Enter()
    {
        _uses.Enter();
        return new Use(this);
    }

    /// <summary>Frees the network as soon as no use of it is in progress.</summary>
    public void Dispose() => _uses.Dispose();

    private void Free()
    {
        _runOptions.Dispose();
        _quietly.Dispose();
        _session.Dispose();
    }

    private static InvalidDataException CannotRun(OnnxRuntimeException exception) =>
        new($"The ONNX graph cannot be run: {exception.Message}", exception);

    /// <summary>A use in progress; to be disposed once. What a run gives must be read before.</summary>
    public readonly struct Use(SharedSession shared) : IDisposable
    {
        /// <summary>Runs the network into values that the caller has; quietly where an error is a finding, which need not go to the console.</summary>
        public void Run(string[] inputNames, OrtValue[] inputs, string[] outputNames, OrtValue[] outputs, bool quietly)
        {
            try
            {
                shared._session.Run(quietly ? shared._quietly : shared._runOptions, inputNames, inputs, outputNames, outputs);
            }
            catch (OnnxRuntimeException exception)
            {
                throw CannotRun(exception);
            }
        }

        /// <summary>Runs the network, and returns what it gives.</summary>
        public IDisposableReadOnlyCollection<OrtValue> Run(string[] inputNames, OrtValue[] inputs, string[] outputNames)
        {
            try
            {
                return shared._session.Run(shared._runOptions, inputNames, inputs, outputNames);
            }
            catch (OnnxRuntimeException exception)
            {
                throw CannotRun(exception);
            }
        }

        public void Dispose() => shared._uses.Exit();
    }
}
