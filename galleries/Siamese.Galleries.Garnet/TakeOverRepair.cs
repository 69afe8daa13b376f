using System.Diagnostics;

namespace Siamese.Galleries.Garnet;

/// <summary>Looks after the shards of a gallery in the background, again whenever the cluster may have changed, until all are well.</summary>
internal sealed class TakeOverRepair : IAsyncDisposable
{
    private static readonly TimeSpan _firstPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan _longestPause = TimeSpan.FromSeconds(30);

    private readonly Func<CancellationToken, Task<ShardState>> _look;
    private readonly TimeSpan _patience;
    private readonly CancellationTokenSource _disposed = new();
    private readonly Lock _lock = new();
    private Task _running = Task.CompletedTask;
    private TaskCompletionSource _looked = new();
    private TaskCompletionSource _woken = new();
    private bool _isRunning;
    private bool _isDue;
    private bool _isDisposed;
    private long _begun;

    /// <param name="look">Looks after the shards. It may fail while the store cannot be reached.</param>
    /// <param name="patience">How long those who wait do so, from the beginning.</param>
    public TakeOverRepair(Func<CancellationToken, Task<ShardState>> look, TimeSpan patience)
    {
        _look = look;
        _patience = patience;
        _looked.SetResult();
    }

    /// <summary>Begins to look; or, where that is under way, looks once more when it is done.</summary>
    public void Begin()
    {
        lock (_lock)
        {
            _isDue = true;
            if (_looked.Task.IsCompleted)
            {
                _looked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                _begun = Stopwatch.GetTimestamp();
            }

            _woken.TrySetResult();
            if (!_isRunning && !_isDisposed)
            {
                _isRunning = true;
                _running = Task.Run(RunAsync);
            }
        }
    }

    /// <summary>Waits until all shards have been looked after, but not for longer than the patience since it began.</summary>
    public async Task WaitAsync(CancellationToken cancellation)
    {
        Task looked;
        TimeSpan left;
        lock (_lock)
        {
            looked = _looked.Task;
            left = _patience - Stopwatch.GetElapsedTime(_begun);
        }

        if (!looked.IsCompleted && left > TimeSpan.Zero)
        {
            try
            {
                await looked.WaitAsync(left, cancellation).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                // A large gallery takes longer; what the shards have can be had meanwhile.
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        Task running;
        lock (_lock)
        {
            if (_isDisposed)
            {
                return;
            }

            _isDisposed = true;
            running = _running;
        }

        await _disposed.CancelAsync().ConfigureAwait(false);
        await running.ConfigureAwait(false);
        _looked.TrySetResult();
        _disposed.Dispose();
    }

    private async Task RunAsync()
    {
        TimeSpan pause = _firstPause;
        while (IsToLook())
        {
            ShardState state = await LookAsync().ConfigureAwait(false);
            if (state != ShardState.Lacking)
            {
                EndWaiting();
            }

            if (state != ShardState.Whole)
            {
                bool isWoken = await PauseAsync(pause).ConfigureAwait(false);
                TimeSpan next = isWoken ? _firstPause : 2 * pause;
                pause = next < _longestPause ? next : _longestPause;
            }
        }
    }

    /// <summary>Pauses before the next look, the less where the cluster may have changed; but a little also then, for what fails comes at once.</summary>
    /// <returns>Whether the cluster may have changed.</returns>
    private async Task<bool> PauseAsync(TimeSpan pause)
    {
        Task woken;
        lock (_lock)
        {
            _woken = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            woken = _woken.Task;
        }

        await Task.Delay(_firstPause, _disposed.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.WhenAny(woken, Task.Delay(pause - _firstPause, _disposed.Token)).ConfigureAwait(false);
        lock (_lock)
        {
            _isDue = true;
        }

        return woken.IsCompleted;
    }

    private async Task<ShardState> LookAsync()
    {
        try
        {
            return await _look(_disposed.Token).ConfigureAwait(false);
        }
        catch (IOException exception) when (exception.InnerException is not ObjectDisposedException)
        {
            // The store cannot be reached now, as whoever calls the gallery learns; it is looked at again when it can.
            return ShardState.Lacking;
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException or OperationCanceledException)
        {
            // There is no connection any more, or an item is damaged, which those who read it are told: no use to look again.
            return ShardState.Whole;
        }
    }

    private bool IsToLook()
    {
        lock (_lock)
        {
            _isRunning = _isDue && !_isDisposed;
            _isDue = false;
            return _isRunning;
        }
    }

    private void EndWaiting()
    {
        lock (_lock)
        {
            // Not where the cluster has changed meanwhile.
            if (!_isDue)
            {
                _looked.TrySetResult();
            }
        }
    }
}
