using System.Diagnostics;

namespace Siamese.Pipelines.Tests.Galleries;

/// <summary>A cluster of Garnet servers on this machine, of primaries that share the slots and replicas of theirs.</summary>
public sealed class GarnetCluster : IDisposable
{
    private const int Slots = 16384;

    // A replica that replays behind what it has received loses the rest when it takes over.
    private static readonly string[] _arguments = ["--cluster", "--aof-replay-max-lag-bytes", "0"];

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    private readonly List<GarnetServer> _nodes = [];

    private GarnetCluster()
    {
    }

    public IReadOnlyList<GarnetServer> Nodes => _nodes;

    public string Addresses => string.Join(',', _nodes.Select(node => node.Address));

    public static GarnetCluster Start(int primaries)
    {
        var cluster = new GarnetCluster();
        try
        {
            for (int i = 0; i < primaries; i++)
            {
                GarnetServer node = GarnetServer.Start(_arguments);
                cluster._nodes.Add(node);
                Expect("+OK", node.Send("CLUSTER", "SET-CONFIG-EPOCH", $"{i + 1}"));
                Expect("+OK", node.Send("CLUSTER", "ADDSLOTSRANGE", $"{Bound(i)}", $"{Bound(i + 1) - 1}"));
            }

            foreach (GarnetServer node in cluster._nodes.Skip(1))
            {
                cluster.Introduce(node);
            }

            return cluster;
        }
        catch
        {
            cluster.Dispose();
            throw;
        }

        int Bound(int i) => ((Slots * i) + primaries - 1) / primaries;
    }

    public GarnetServer AddReplicaOf(GarnetServer primary)
    {
        GarnetServer node = GarnetServer.Start(_arguments);
        _nodes.Add(node);
        Introduce(node);
        Expect("+OK", node.Send("CLUSTER", "REPLICATE", primary.Send("CLUSTER", "MYID")));
        WaitUntil(() => node.Send("INFO", "replication").Contains("master_link_status:up", StringComparison.Ordinal), "replicate");
        return node;
    }

    /// <summary>Makes a replica the primary of the slots of a primary that has died.</summary>
    public void TakeOver(GarnetServer replica)
    {
        Expect("+OK", replica.Send("CLUSTER", "FAILOVER", "TAKEOVER"));
        WaitUntil(() => IsKnownAsOwner(replica, 0), "learn who took over");
    }

    /// <summary>Moves slots from one primary to another.</summary>
    public void Migrate(GarnetServer source, GarnetServer target, int first, int last)
    {
        Expect("+OK", source.Send("MIGRATE", "127.0.0.1", $"{target.Port}", "", "0", "30000", "SLOTSRANGE", $"{first}", $"{last}"));

        // Until all know it: a node that does not would refuse to move the slots on.
        WaitUntil(() => source.Send("CLUSTER", "MTASKS") == ":0" && IsKnownAsOwner(target, first) && IsKnownAsOwner(target, last), "migrate");
    }

    public void Dispose()
    {
        foreach (GarnetServer node in _nodes)
        {
            node.Dispose();
        }
    }

    private static void Expect(string expected, string answer)
    {
        if (answer != expected)
        {
            throw new IOException($"Expected {expected}, but the server said {answer}.");
        }
    }

    private bool IsKnownAsOwner(GarnetServer owner, int slot)
    {
        string id = owner.Send("CLUSTER", "MYID");
        return _nodes.Where(node => node.IsRunning).All(node => LineOf(node, id)!.Split(' ').Skip(8).Any(
            range => int.TryParse(range.Split('-')[0], out int first) && first <= slot && int.Parse(range.Split('-')[^1]) >= slot));
    }

    private static string? LineOf(GarnetServer node, string id) =>
        node.Send("CLUSTER", "NODES").Split('\n').FirstOrDefault(line => line.StartsWith(id, StringComparison.Ordinal));

    private static void WaitUntil(Func<bool> done, string what)
    {
        long start = Stopwatch.GetTimestamp();
        while (!done())
        {
            if (Stopwatch.GetElapsedTime(start) > _patience)
            {
                throw new IOException($"The cluster did not {what} within {_patience}.");
            }

            Thread.Sleep(50);
        }
    }

    private void Introduce(GarnetServer node)
    {
        Expect("+OK", _nodes[0].Send("CLUSTER", "MEET", "127.0.0.1", $"{node.Port}"));
        WaitUntil(
            () =>
            {
                GarnetServer[] met = [.. _nodes.TakeWhile(other => other != node), node];
                return met.All(known => met.All(other => LineOf(known, other.Send("CLUSTER", "MYID")) is not null));
            },
            "meet");
    }
}
