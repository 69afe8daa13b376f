using System.Diagnostics;
using System.Net;
using StackExchange.Redis;

namespace Siamese.Galleries.Garnet;

/// <summary>Sends commands, again while what hinders them passes, and says what to do where it does not.</summary>
internal sealed class GarnetConnection : IAsyncDisposable
{
    private static readonly TimeSpan _firstPause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan _longestPause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan _leastTime = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _longestTakeOver = TimeSpan.FromSeconds(5);

    private readonly IConnectionMultiplexer _multiplexer;
    private readonly bool _isOwned;
    private readonly TimeSpan _retryFor;
    private readonly SemaphoreSlim _configuring = new(1);

    public GarnetConnection(IConnectionMultiplexer multiplexer, bool isOwned, TimeSpan retryFor)
    {
        _multiplexer = multiplexer;
        _isOwned = isOwned;
        _retryFor = retryFor;
        Store = StoreOf(multiplexer.GetEndPoints(configuredOnly: true));
        multiplexer.ConnectionFailed += OnChanged;
        multiplexer.ConfigurationChanged += OnChanged;
        multiplexer.HashSlotMoved += OnChanged;
    }

    /// <summary>Raised when keys may have come to other nodes, perhaps before that can be seen.</summary>
    public event Action? Changed;

    /// <summary>Gets the addresses of the store, for messages.</summary>
    public string Store { get; }

    private TimeSpan Longest => _retryFor > _leastTime ? _retryFor : _leastTime;

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

        // To ask whether a replica is still taking over.
        configuration.AllowAdmin = true;

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
                return await command(_multiplexer.GetDatabase()).WaitAsync(cancellation).ConfigureAwait(false);
            }
            catch (Exception exception) when (IsOfTheStore(exception))
            {
                if (!MayPass(exception) || Stopwatch.GetElapsedTime(start) + pause > _retryFor)
                {
                    throw Explain(exception, Store);
                }
            }

            await Task.Delay(pause, cancellation).ConfigureAwait(false);
            TimeSpan left = _retryFor - Stopwatch.GetElapsedTime(start);
            if (left > TimeSpan.Zero)
            {
                await LearnTopologyAsync(left, cancellation).ConfigureAwait(false);
            }

            Changed?.Invoke();
        }
    }

    /// <summary>Gives the primaries of some keys by names that no two of them have, and none again after another held its keys.</summary>
    /// <returns>Of each key its primary's name, or null where the server is in no cluster.</returns>
    /// <exception cref="IOException">A primary cannot be reached, or is none any more.</exception>
    public async Task<string?[]> PrimariesAsync(IReadOnlyList<RedisKey> keys, CancellationToken cancellation)
    {
        if (_multiplexer.GetServers().All(server => server.ServerType != ServerType.Cluster))
        {
            return new string?[keys.Count];
        }

        await LearnTopologyAsync(Longest, cancellation).ConfigureAwait(false);
        IServer[] servers = await Task.WhenAll(keys.Select(key => ServerOfAsync(key, cancellation))).ConfigureAwait(false);
        return [.. servers.Select(NameOf)];
    }

    /// <summary>Waits until the primaries of some keys have ended their work on what they received as replicas.</summary>
    /// <exception cref="IOException">One cannot be reached, or does not end within the time for sending again, but at least a second.</exception>
    public async Task SettleAsync(IEnumerable<RedisKey> keys, CancellationToken cancellation)
    {
        IServer[] servers = await Task.WhenAll(keys.Select(key => ServerOfAsync(key, cancellation))).ConfigureAwait(false);
        await Task.WhenAll(servers.DistinctBy(server => server.EndPoint).Select(server => SettleAsync(server, cancellation))).ConfigureAwait(false);
    }

    /// <summary>Waits until replicas have all that the primaries of some keys have written so far.</summary>
    /// <exception cref="IOException">So many did not within the time for sending again, but at least a second.</exception>
    public async Task ReplicateAsync(IEnumerable<RedisKey> keys, int replicas)
    {
        if (replicas > 0)
        {
            IServer[] primaries = await Task.WhenAll(keys.Select(key => ServerOfAsync(key, CancellationToken.None))).ConfigureAwait(false);
            await Task.WhenAll(primaries.DistinctBy(primary => primary.EndPoint).Select(
                primary => ReplicateAsync(primary, replicas))).ConfigureAwait(false);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _multiplexer.ConnectionFailed -= OnChanged;
        _multiplexer.ConfigurationChanged -= OnChanged;
        _multiplexer.HashSlotMoved -= OnChanged;
        _configuring.Dispose();
        if (_isOwned)
        {
            await _multiplexer.DisposeAsync().ConfigureAwait(false);
        }
    }

    private void OnChanged(object? sender, EventArgs change) => Changed?.Invoke();

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

    private static string NameOf(IServer server)
    {
        // Of each node the store says its id, address, flags, primary, two times, and its epoch, which grows whenever it takes slots over.
        ClusterNode? itself = server.ClusterConfiguration?.Nodes.FirstOrDefault(node => node.IsMyself);
        return itself is { IsReplica: false } && itself.Raw.Split(' ') is [var id, _, _, _, _, _, var epoch, ..]
            ? $"{id} {epoch}"
            : throw new IOException($"Garnet at {EndPointCollection.ToString(server.EndPoint)} is no primary any more.");
    }

    private async Task SettleAsync(IServer server, CancellationToken cancellation)
    {
        long start = Stopwatch.GetTimestamp();
        try
        {
            while (await IsTakingOverAsync().ConfigureAwait(false))
            {
                if (Stopwatch.GetElapsedTime(start) > Longest)
                {
                    throw new IOException($"Garnet at {EndPointCollection.ToString(server.EndPoint)} is still taking over.");
                }

                await Task.Delay(_firstPause, cancellation).ConfigureAwait(false);
            }
        }
        catch (IOException exception) when (exception.InnerException is RedisCommandException)
        {
            // A connection of the caller's that may not ask: as long as none was seen to take.
            await Task.Delay(_longestTakeOver, cancellation).ConfigureAwait(false);
        }

        // It is known as a primary before it has ended what it does as a replica.
        async Task<bool> IsTakingOverAsync() =>
            (await SendAsync(_ => server.InfoAsync("replication"), cancellation).ConfigureAwait(false))
                .SelectMany(section => section).Any(line => line is { Key: "master_failover_state", Value: not "no-failover" });
    }

    private Task<IServer> ServerOfAsync(RedisKey key, CancellationToken cancellation) => SendAsync(
        _ =>
        {
            try
            {
                return Task.FromResult(_multiplexer.GetServer(key));
            }
            catch (InvalidOperationException exception)
            {
                // So the client says that there is none now.
                throw new RedisConnectionException(ConnectionFailureType.UnableToConnect, CommandFlags.None, exception.Message, exception);
            }
        },
        cancellation);

    private async Task ReplicateAsync(IServer primary, int replicas)
    {
        long start = Stopwatch.GetTimestamp();
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

            if (Stopwatch.GetElapsedTime(start) > Longest)
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
            Role role = await _multiplexer.GetServer(replica.Ip, replica.Port).RoleAsync().ConfigureAwait(false);
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
            await _multiplexer.ConfigureAsync().WaitAsync(time, cancellation).ConfigureAwait(false);
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
