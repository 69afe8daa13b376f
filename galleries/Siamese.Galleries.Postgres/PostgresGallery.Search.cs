using System.Globalization;
using Npgsql;
using Pgvector;
using Siamese.Pipelines;
using Siamese.Pipelines.Retrieval;

namespace Siamese.Galleries.Postgres;

public sealed partial class PostgresGallery
{
    // So many are answered in one round trip.
    private const int QueriesAtOnce = 256;

    // What pgvector's hnsw.ef_search may be.
    private const int GreatestEfSearch = 1000;

    /// <inheritdoc/>
    public async Task<IReadOnlyList<IReadOnlyList<Match>>> NearestAsync(
        IReadOnlyList<ReadOnlyMemory<float>> queries,
        int count,
        GalleryFilter? filter = null,
        int skip = 0,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(queries);
        Guard.AtLeast(count, 1, nameof(count));
        Guard.AtLeast(skip, 0, nameof(skip));
        ObjectDisposedException.ThrowIf(_disposed, this);
        Vector[] prepared = [.. queries.Select((query, i) => new Vector(Space.Prepare(query.Span, $"Query {i}", nameof(queries))))];
        cancellationToken.ThrowIfCancellationRequested();
        if (FilterCondition.IsNever(filter))
        {
            return [.. prepared.Select(_ => Array.Empty<Match>())];
        }

        long wanted = (long)count + skip;
        List<Match>[] found = await _errors.GuardAsync(async () =>
        {
            var all = new List<Match>[prepared.Length];
            for (int from = 0; from < prepared.Length; from += QueriesAtOnce)
            {
                Vector[] some = prepared[from..Math.Min(from + QueriesAtOnce, prepared.Length)];
                (await SearchAsync(some, wanted, filter, cancellationToken).ConfigureAwait(false)).CopyTo(all, from);
            }

            return all;
        }).ConfigureAwait(false);
        return skip == 0 ? found : Array.ConvertAll(found, matches => (IReadOnlyList<Match>)[.. matches.Skip(skip)]);
    }

    private async Task<List<Match>[]> SearchAsync(Vector[] queries, long wanted, GalleryFilter? filter, CancellationToken cancellation)
    {
        List<Match>[] found = await SearchAsync(queries, wanted, filter, _options.Exact, cancellation).ConfigureAwait(false);
        if (_options.Exact || !_isIndexed)
        {
            return found;
        }

        // An index gives no more than it came across.
        int[] few = [.. Enumerable.Range(0, found.Length).Where(i => found[i].Count < wanted)];
        if (few.Length > 0)
        {
            List<Match>[] again = await SearchAsync(Array.ConvertAll(few, i => queries[i]), wanted, filter, exact: true, cancellation).ConfigureAwait(false);
            for (int i = 0; i < few.Length; i++)
            {
                found[few[i]] = again[i];
            }
        }

        return found;
    }

    private async Task<List<Match>[]> SearchAsync(Vector[] queries, long wanted, GalleryFilter? filter, bool exact, CancellationToken cancellation)
    {
        var found = new List<Match>[queries.Length];
        for (int i = 0; i < found.Length; i++)
        {
            found[i] = [];
        }

        int candidates = (int)Math.Clamp(wanted, _options.EfSearch, GreatestEfSearch);
        using NpgsqlBatch batch = _source.CreateBatch();
        batch.BatchCommands.Add(Settings(exact, candidates));
        batch.BatchCommands.Add(Search(queries, wanted, Math.Max(wanted, candidates), filter, half: _table.IsIndexedHalf && _isIndexed && !exact));
        NpgsqlDataReader reader = await batch.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            await reader.ReadAsync(cancellation).ConfigureAwait(false);
            _isIndexed = reader.GetBoolean(0);
            await reader.NextResultAsync(cancellation).ConfigureAwait(false);
            while (await reader.ReadAsync(cancellation).ConfigureAwait(false))
            {
                found[(int)reader.GetInt64(0) - 1].Add(new Match(reader.GetString(1), reader.GetString(2), (float)reader.GetDouble(3)));
            }
        }

        return found;
    }

    /// <summary>Sets how this search is done, and looks whether there is an index. The statements of a batch are one transaction, in which the settings end.</summary>
    private NpgsqlBatchCommand Settings(bool exact, int candidates)
    {
        string iterative = _opened.Iterates ? ", set_config('hnsw.iterative_scan', 'relaxed_order', true)" : "";
        string scans = exact ? ", set_config('enable_indexscan', 'off', true)" : "";
        var settings = new NpgsqlBatchCommand(
            $"SELECT to_regclass($1) IS NOT NULL, set_config('hnsw.ef_search', $2, true), set_config('jit', 'off', true){iterative}{scans}");
        settings.Parameters.Add(new NpgsqlParameter<string> { TypedValue = _table.Index });
        settings.Parameters.Add(new NpgsqlParameter<string> { TypedValue = candidates.ToString(CultureInfo.InvariantCulture) });
        return settings;
    }

    private NpgsqlBatchCommand Search(Vector[] queries, long wanted, long candidates, GalleryFilter? filter, bool half)
    {
        var search = new NpgsqlBatchCommand();
        search.Parameters.Add(new NpgsqlParameter<Vector[]> { TypedValue = queries });
        search.Parameters.Add(new NpgsqlParameter<long> { TypedValue = wanted });
        if (half)
        {
            search.Parameters.Add(new NpgsqlParameter<long> { TypedValue = candidates });
        }

        search.CommandText = _table.SearchText(FilterCondition.Of(filter, search.Parameters), half);
        return search;
    }
}
