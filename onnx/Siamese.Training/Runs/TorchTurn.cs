using static TorchSharp.torch;

namespace Siamese.Training.Runs;

/// <summary>
/// The turn of one run to train: torch has one generator of random numbers and one number of threads for the whole process, which two
/// runs at once would take from each other.
/// </summary>
/// <remarks>When it ends, the generator and the number of threads are as they were, however the run ended.</remarks>
internal sealed class TorchTurn : IDisposable
{
    private static readonly SemaphoreSlim Gate = new(1, 1);

    // Flows into every thread and task that a run's own callbacks start.
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

        // The caller may be inside no_grad, where nothing could be learned.
        _gradients = enable_grad();
    }

    /// <summary>Waits until no other run trains.</summary>
    /// <param name="threads">The number of threads to compute with; null leaves it as it is.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="InvalidOperationException">It is called from within a run, which would wait for itself.</exception>
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
                "A training was started from within another, by its Progress or by a part of its recipe. Runs take turns, so that it would wait for itself: start it after the other has ended.");
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
