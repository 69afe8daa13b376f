using System.Diagnostics;
using System.Net;
using StackExchange.Redis;

namespace Siamese.Galleries.Garnet;

/// <summary>Sends commands, again while what hinders them passes, and says what to do where it does not.</summary>
internal sealed class GarnetConnection(IConnectionMultiplexer multiplexer, bool isOwned, TimeSpan retryFor) : IAsyncDisposable
{
    private static readonly TimeSpan _firstPause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan _longestPause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan _leastReplicationTime = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _configuring = new(1);

    /// <summary>Gets the addresses of the store, for messages.</summary>
    public string Store { get; } = StoreOf(multiplexer.GetEndPoints(configuredOnly: true));

    /// <exception cref="IOException">No node can be reached, or the password is refused.</exception>
    public static async Task<GarnetConnection> OpenAsync(string connection, GarnetGalleryOptions options, CancellationToken cancellation)
    {
        ConfigurationOptions configuration = ConfigurationOptions.Parse(connection);
        if (configuration.EndPoints.Count == 0)
        {
            throw new ArgumentException($"'{connection}' names no server. Give host:port, several with commas between them.", nameof(connection));
        }

        int milliseconds = (int)options.Timeout.TotalMilliseconds;
        configuration.ConnectTimeout = milliseconds;
        configuration.AsyncTimeout = milliseconds;
        configuration.SyncTimeout = milliseconds;
        configuration.ConnectRetry = 1;
        configuration.AbortOnConnectFail = true;

        // A command for a node that is gone fails at once; whether to send it again is decided here.
        configuration.BacklogPolicy = BacklogPolicy.FailFast;
        string store = StoreOf([.. configuration.EndPoints]);
        try
        {
            IConnectionMultiplexer opened = await ConnectionMultiplexer.ConnectAsync(configuration).WaitAsync(cancellation).ConfigureAwait(false);
            return new GarnetConnection(opened, isOwned: true, options.RetryFor);
        }
        catch (Exception exception) when (IsOfTheStore(exception))
        {
            throw Explain(exception, store);
        }
    }

    /// <summary>Sends a command until it is answered. It may arrive more than once.</summary>
    /// <exception cref="IOException">The store cannot be reached or refuses.</exception>
    public async Task<T> SendAsync<T>(Func<IDatabase, Task<T>> command, CancellationToken cancellation)
    {
        long start = Stopwatch.GetTimestamp();
        for (TimeSpan pause = _firstPause; ; pause = 2 * pause < _longestPause ? 2 * pause : _longestPause)
        {
            try
            {
                return await command(multiplexer.GetDatabase()).WaitAsync(cancellation).ConfigureAwait(false);
            }
            catch (Exception exception) when (IsOfTheStore(exception))
            {
                if (!MayPass(exception) || Stopwatch.GetElapsedTime(start) + pause > retryFor)
                {
                    throw Explain(exception, Store);
                }
            }

            await Task.Delay(pause, cancellation).ConfigureAwait(false);
            TimeSpan left = retryFor - Stopwatch.GetElapsedTime(start);
            if (left > TimeSpan.Zero)
            {
                await LearnTopologyAsync(left, cancellation).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Waits until replicas have all that the primaries of some keys have written so far.</summary>
    /// <exception cref="IOException">So many did not within the time for sending again, but at least a second.</exception>
    public async Task ReplicateAsync(IEnumerable<RedisKey> keys, int replicas)
    {
        if (replicas > 0)
        {
            EndPoint[] primaries = await Task.WhenAll(keys.Select(
                key => SendAsync(_ => Task.FromResult(multiplexer.GetServer(key).EndPoint), CancellationToken.None))).ConfigureAwait(false);
            await Task.WhenAll(primaries.Distinct().Select(
                primary => ReplicateAsync(multiplexer.GetServer(primary), replicas))).ConfigureAwait(false);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _configuring.Dispose();
        if (isOwned)
        {
            await multiplexer.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static string StoreOf(IEnumerable<EndPoint> endPoints) => string.Join(",", endPoints.Select(EndPointCollection.ToString));

    private static bool IsOfTheStore(Exception exception) =>
        exception is RedisException or RedisTimeoutException or RedisCommandException or ObjectDisposedException;

    private static bool MayPass(Exception exception) => exception switch
    {
        RedisConnectionException connection => connection.FailureType != ConnectionFailureType.AuthenticationFailure,
        RedisTimeoutException => true,

        // What a cluster says while a slot moves or a replica takes over.
        RedisServerException server => server.Kind is RedisErrorKind.Moved or RedisErrorKind.Ask or RedisErrorKind.UnknownRedirectTarget
            or RedisErrorKind.TryAgain or RedisErrorKind.ClusterDown or RedisErrorKind.MasterDown or RedisErrorKind.ReadOnly
            or RedisErrorKind.Loading or RedisErrorKind.Busy or RedisErrorKind.ExecAbort,
        _ => false,
    };

    private static IOException Explain(Exception exception, string store) => new(
        exception switch
        {
            RedisConnectionException { FailureType: ConnectionFailureType.AuthenticationFailure }
                or RedisServerException { Kind: RedisErrorKind.NoAuth or RedisErrorKind.WrongPass } =>
                $"Garnet at {store} refuses the password. Add password=... to the connection, and user=... where the server has users.",
            RedisServerException { Kind: RedisErrorKind.UnknownCommand } => WithoutVectorSets(store),
            RedisServerException when exception.Message.Contains("Vector Set (preview)", StringComparison.Ordinal) => WithoutVectorSets(store),
            RedisServerException => $"Garnet at {store} refuses a command: {exception.Message}",
            RedisTimeoutException =>
                $"Garnet at {store} did not answer in time. See whether it is overloaded, or wait longer by the gallery's options.",
            RedisCommandException => $"Garnet at {store} cannot take a command now: {exception.Message}",
            _ => $"Garnet at {store} cannot be reached. Start it, or mend the connection: host:port, with commas between several.",
        },
        exception);

    private static string WithoutVectorSets(string store) =>
        $"The server at {store} offers no vector sets. Start Garnet 2.2.8 or newer with --enable-vector-set-preview.";

    private async Task ReplicateAsync(IServer primary, int replicas)
    {
        long start = Stopwatch.GetTimestamp();
        TimeSpan longest = retryFor > _leastReplicationTime ? retryFor : _leastReplicationTime;
        long written = (await PrimaryAsync().ConfigureAwait(false)).ReplicationOffset;
        while (true)
        {
            // The primary knows what it has sent, each replica what has arrived.
            Role.Master state = await PrimaryAsync().ConfigureAwait(false);
            long[] arrived = await Task.WhenAll((state.Replicas ?? []).Select(ArrivedAsync)).ConfigureAwait(false);
            int have = arrived.Count(offset => offset >= written);
            if (have >= replicas)
            {
                return;
            }

            if (Stopwatch.GetElapsedTime(start) > longest)
            {
                throw new IOException(
                    $"{have} replicas of Garnet at {EndPointCollection.ToString(primary.EndPoint)} have what was written, which the primary keeps, "
                    + $"but {replicas} are asked for. Start more, or ask for fewer by the gallery's options.");
            }

            await Task.Delay(1).ConfigureAwait(false);
        }

        async Task<Role.Master> PrimaryAsync() =>
            await SendAsync(_ => primary.RoleAsync(), CancellationToken.None).ConfigureAwait(false) as Role.Master
            ?? throw new IOException(
                $"Garnet at {EndPointCollection.ToString(primary.EndPoint)} is no primary any more, and may have lost what was written last. Put it "
                + "there again.");
    }

    private async Task<long> ArrivedAsync(Role.Master.Replica replica)
    {
        try
        {
            Role role = await multiplexer.GetServer(replica.Ip, replica.Port).RoleAsync().ConfigureAwait(false);
            return role is Role.Replica { ReplicationOffset: var offset } ? offset : -1;
        }
        catch (Exception exception) when (IsOfTheStore(exception) || exception is ArgumentException)
        {
            // It is gone, or too new to be known here.
            return -1;
        }
    }

    private async Task LearnTopologyAsync(TimeSpan time, CancellationToken cancellation)
    {
        // One at a time: others wait for what the first one learns.
        if (!await _configuring.WaitAsync(0, cancellation).ConfigureAwait(false))
        {
            return;
        }

        try
        {
            await multiplexer.ConfigureAsync().WaitAsync(time, cancellation).ConfigureAwait(false);
        }
        catch (Exception exception) when (IsOfTheStore(exception) || exception is TimeoutException)
        {
            // The command that is sent next says what is the matter.
        }
        finally
        {
            _configuring.Release();
        }
    }
}
