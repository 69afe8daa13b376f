using static TorchSharp.torch;

namespace Siamese.Training.Runs;

/// <summary>
/// The exclusive use of torch by one run: torch has one random number generator and one number of threads for the whole process, so that
/// concurrent runs would change each other's results.
/// </summary>
/// <remarks>Disposing it restores the generator and the number of threads.</remarks>
internal sealed class TorchTurn : IDisposable
{
    private static readonly SemaphoreSlim Gate = new(1, 1);

    // Flows into every thread and task that a callback of the run starts.
    private static readonly AsyncLocal<TorchTurn?> Current = new();

    private readonly Tensor _generator;
    private readonly int _threads;
    private readonly IDisposable _gradients;
    private volatile bool _isEnded;

    private TorchTurn(int? threads)
    {
        _generator = get_rng_state().DetachFromDisposeScope();
        _threads = get_num_threads();
        if (threads is { } number)
        {
            set_num_threads(number);
        }

        // The caller may be inside no_grad.
        _gradients = enable_grad();
    }

    /// <summary>Waits until no other run trains.</summary>
    /// <param name="threads">The number of threads to compute with; null leaves it as it is.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="InvalidOperationException">It is called from within a run, and would wait forever.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public static TorchTurn Take(int? threads, CancellationToken cancellation)
    {
        ThrowIfInside();
        Gate.Wait(cancellation);
        try
        {
            var turn = new TorchTurn(threads);
            Current.Value = turn;
            return turn;
        }
        catch
        {
            Gate.Release();
            throw;
        }
    }

    /// <summary>Refuses a run that is started by a callback of another.</summary>
    public static void ThrowIfInside()
    {
        if (Current.Value is { _isEnded: false })
        {
            throw new InvalidOperationException(
                "A training was started from within another training, by its Progress or by a part of its recipe. Trainings run one at a time, so it would wait forever. Start it after the other has ended.");
        }
    }

    public void Dispose()
    {
        try
        {
            _gradients.Dispose();
            set_rng_state(_generator);
            _generator.Dispose();
            if (get_num_threads() != _threads)
            {
                set_num_threads(_threads);
            }
        }
        finally
        {
            _isEnded = true;
            Current.Value = null;
            Gate.Release();
        }
    }
}
