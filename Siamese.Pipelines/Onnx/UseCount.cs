namespace Siamese.Pipelines.Onnx;

/// <summary>Frees something once it was disposed and nobody uses it any more, as a SafeHandle does: uses in progress end, later ones are refused.</summary>
/// <param name="owner">The type that a caller knows, for <see cref="ObjectDisposedException"/>.</param>
/// <param name="free">Is called once, by <see cref="Dispose"/> or by the end of the last use.</param>
internal sealed class UseCount(Type owner, Action free) : IDisposable
{
    private const long Disposed = 1;
    private const long OneUse = 2;

    // The number of uses in progress times two, plus one after Dispose: both change in one step.
    private long _state;

    /// <summary>Begins a use, which <see cref="Exit"/> ends.</summary>
    /// <exception cref="ObjectDisposedException">It was disposed.</exception>
    public void Enter()
    {
        long state = Volatile.Read(ref _state);
        while (true)
        {
            ObjectDisposedException.ThrowIf((state & Disposed) != 0, owner);
            long found = Interlocked.CompareExchange(ref _state, state + OneUse, state);
            if (found == state)
            {
                return;
            }

            state = found;
        }
    }

    /// <summary>Ends a use.</summary>
    public void Exit()
    {
        if (Interlocked.Add(ref _state, -OneUse) == Disposed)
        {
            free();
        }
    }

    /// <summary>Refuses further uses. It does not wait for those in progress, since one of them may be what calls it.</summary>
    public void Dispose()
    {
        if (Interlocked.Or(ref _state, Disposed) == 0)
        {
            free();
        }
    }
}
