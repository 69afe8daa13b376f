using Siamese.Pipelines.Embeddings;

namespace Siamese.Pipelines.Retrieval;

public sealed partial class Gallery
{
    // A query of the calibration goes over the whole gallery.
    private const int CalibrationQueries = 2000;

    /// <summary>Gets the distance up to which <see cref="Identify"/> names the nearest item; null where none was calibrated.</summary>
    public float? IdentificationThreshold
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return Volatile.Read(ref _header).Threshold;
        }
    }

    /// <summary>Finds the items nearest to a query.</summary>
    /// <param name="query">D components, all finite, and not all zero where the distance is the cosine.</param>
    /// <param name="count">How many items are wanted, at least 1.</param>
    /// <param name="network">
    /// What embedded the query, such as <see cref="EmbeddingModel.Identity"/>: another than the gallery's is refused. Null is not checked.
    /// </param>
    /// <param name="filter">Among which items; null for all.</param>
    /// <returns>
    /// The nearest items, nearest first; of those equally near, those that were added earlier first. All items where there are fewer.
    /// </returns>
    /// <exception cref="ArgumentException">The query is of another dimension or network, not finite, or zero where it must not be.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The count is less than 1.</exception>
    public IReadOnlyList<Match> Nearest(ReadOnlySpan<float> query, int count, string? network = null, GalleryFilter? filter = null)
    {
        Guard.AtLeast(count, 1, nameof(count));
        CheckNetwork(network);
        return Search([Space.Prepare(query, "The query", nameof(query))], count, skippedLabels: null, filter, CancellationToken.None)[0];
    }

    /// <summary>Finds the items nearest to each of many queries, for which the gallery is read from memory far less often than for one by one.</summary>
    /// <param name="queries">D components each.</param>
    /// <param name="count">How many items are wanted for each, at least 1.</param>
    /// <param name="network">What embedded the queries: another than the gallery's is refused. Null is not checked.</param>
    /// <param name="filter">Among which items; null for all.</param>
    /// <param name="cancellationToken">Stops the search.</param>
    /// <returns>For each query what <see cref="Nearest(ReadOnlySpan{float}, int, string?, GalleryFilter?)"/> gives; all see the gallery at one moment.</returns>
    /// <exception cref="ArgumentException">A query is of another dimension or network, not finite, or zero where it must not be.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The count is less than 1.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public IReadOnlyList<IReadOnlyList<Match>> Nearest(
        IReadOnlyList<float[]> queries,
        int count,
        string? network = null,
        GalleryFilter? filter = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(queries);
        Guard.AtLeast(count, 1, nameof(count));
        CheckNetwork(network);
        float[][] prepared = [.. queries.Select((query, i) => Space.Prepare(query, $"Query {i}", nameof(queries)))];
        return Search(prepared, count, skippedLabels: null, filter, cancellationToken);
    }

    /// <summary>Returns who a query is: the nearest item or, beyond the distance of identification, nobody.</summary>
    /// <param name="query">D components, all finite, and not all zero where the distance is the cosine.</param>
    /// <param name="network">The network that embedded the query: another than the gallery's is refused. Null is not checked.</param>
    /// <returns>
    /// The nearest item; null where it is farther than <see cref="IdentificationThreshold"/> or, where that is null, than the network's own
    /// <see cref="EmbeddingSpace.VerificationThreshold"/>, and where the gallery is empty.
    /// </returns>
    /// <exception cref="ArgumentException">The query is of another dimension or network, not finite, or zero where it must not be.</exception>
    /// <exception cref="InvalidOperationException">No distance was calibrated, and the network has no verification threshold.</exception>
    public Match? Identify(ReadOnlySpan<float> query, string? network = null)
    {
        float threshold = IdentificationThreshold ?? Space.VerificationThreshold ?? throw new InvalidOperationException(
            $"This gallery has no identification threshold. Call {nameof(CalibrateIdentification)} or {nameof(SetIdentificationThreshold)}, or open the "
            + $"gallery with an {nameof(EmbeddingSpace)} that has a {nameof(EmbeddingSpace.VerificationThreshold)}.");
        return Nearest(query, 1, network) is [Match nearest] && nearest.Distance <= threshold ? nearest : null;
    }

    /// <summary>Finds the distance beyond which a query is nobody, from the gallery itself, and keeps it in the file.</summary>
    /// <param name="falseAcceptanceRate">The share in (0, 1) of strangers who may be taken for somebody.</param>
    /// <param name="cancellationToken">The token that cancels the search.</param>
    /// <returns>
    /// The distance and what it rests on. Each item plays a stranger, searching the items of other labels: of their nearest distances, in ascending
    /// order, the distance is the greatest that at most that share do not exceed. Where even one is more than that share, it is the greatest below the
    /// least of them. Where the gallery has fewer than 1 / <paramref name="falseAcceptanceRate"/> labels, which is too few to see that rate, the distance
    /// is never greater than the network's <see cref="EmbeddingSpace.VerificationThreshold"/>; with fewer than two labels it is that threshold.
    /// </returns>
    /// <exception cref="ArgumentOutOfRangeException">The rate is not in (0, 1).</exception>
    /// <exception cref="InvalidOperationException">The gallery has fewer than two labels, and the network has no verification threshold.</exception>
    /// <exception cref="IOException">The file cannot be written; the distance is as before.</exception>
    /// <exception cref="OperationCanceledException">The token was canceled.</exception>
    /// <remarks>
    /// <para>
    /// Of a gallery of more than 2,000 items as many play a stranger, evenly spread. The distance belongs to this gallery: the more people it
    /// holds, the nearer is the nearest to a stranger. Calibrate again after it grew.
    /// </para>
    /// <para>
    /// Two items of different labels that are nearly the same contradict each other: within a quarter of the median distance of all strangers. Few of them
    /// are left out and returned as <see cref="IdentificationCalibration.Contradictions"/>; many are taken for labels that overlap.
    /// </para>
    /// </remarks>
    public IdentificationCalibration CalibrateIdentification(double falseAcceptanceRate = 0.01, CancellationToken cancellationToken = default)
    {
        Guard.Above(falseAcceptanceRate, 0, nameof(falseAcceptanceRate));
        if (!(falseAcceptanceRate < 1))
        {
            throw new ArgumentOutOfRangeException(
                nameof(falseAcceptanceRate), falseAcceptanceRate, $"falseAcceptanceRate is {falseAcceptanceRate}, but must be less than 1.");
        }

        List<GalleryLocation> all = [.. Current().Live()];
        Dictionary<string, int> sizes = all.CountBy(item => item.Entry.Label, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal);
        if (sizes.Count < 2 && Space.VerificationThreshold is null)
        {
            throw new InvalidOperationException(
                $"The gallery has {all.Count} items of fewer than two labels, so that nobody in it can play a stranger to the others. "
                + $"Add items of another label, or set a distance with {nameof(SetIdentificationThreshold)}.");
        }

        int asked = sizes.Count < 2 ? 0 : Math.Min(all.Count, CalibrationQueries);
        GalleryLocation[] strangers = [.. Enumerable.Range(0, asked).Select(i => all[(int)((long)i * all.Count / asked)])];
        StrangerTry[] tries = Try(strangers, [], cancellationToken);
        LabelContradiction[] contradictions = StrangerTries.Contradictions(tries);
        HashSet<string> few = StrangerTries.Few(contradictions, tries);
        if (few.Count > 0)
        {
            strangers = [.. strangers.Where(item => !few.Contains(item.Entry.Id))];
            tries = Try(strangers, few, cancellationToken);
        }

        IdentificationCalibration calibration = StrangerTries.Calibrate(
            tries,
            falseAcceptanceRate,
            Space.VerificationThreshold,
            strangers.Sum(item => (long)all.Count - sizes[item.Entry.Label]),
            contradictions);
        SetIdentificationThreshold(calibration.Threshold);
        return calibration;
    }

    /// <summary>Sets the distance beyond which a query is nobody, and keeps it in the file.</summary>
    /// <param name="distance">The greatest distance at which the nearest item is named; finite and not negative.</param>
    /// <exception cref="ArgumentOutOfRangeException">The distance is negative, infinite or not a number.</exception>
    /// <exception cref="IOException">The file cannot be written; the distance is as before.</exception>
    public void SetIdentificationThreshold(float distance)
    {
        Guard.InRange(distance, 0, float.MaxValue, nameof(distance));
        lock (_writing)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            GalleryHeader Changed() => _header with { Threshold = distance, Version = _header.Version + 1 };
            _file?.InTransaction(() =>
            {
                ReloadIfChanged();
                _file.CheckIsAt(_header);
                _file.WriteHeader(Changed());
            });
            _file?.CheckHolds(Changed());
            _header = Changed();
        }
    }

    /// <summary>Lets items search the items of other labels.</summary>
    private StrangerTry[] Try(GalleryLocation[] strangers, HashSet<string> without, CancellationToken cancellation)
    {
        if (strangers.Length == 0)
        {
            return [];
        }

        NearRow[][] nearest = Current().Nearest(
            [.. strangers.Select(item => item.Embedding.ToArray())],
            1 + without.Count,
            [.. strangers.Select(item => item.Entry.Label)],
            filter: null,
            _options,
            cancellation);
        var tries = new List<StrangerTry>(strangers.Length);
        for (int i = 0; i < strangers.Length; i++)
        {
            int at = Array.FindIndex(nearest[i], row => !without.Contains(row.Entry.Id));
            if (at >= 0)
            {
                NearRow row = nearest[i][at];
                tries.Add(new StrangerTry(strangers[i].Entry, row.Entry, row.Distance, MatchOf(row).Distance));
            }
        }

        return [.. tries];
    }

    private IReadOnlyList<Match>[] Search(
        IReadOnlyList<float[]> queries, int count, IReadOnlyList<string>? skippedLabels, GalleryFilter? filter, CancellationToken cancellation)
    {
        NearRow[][] nearest = Current().Nearest(queries, count, skippedLabels, filter, _options, cancellation);
        return Array.ConvertAll(nearest, rows => (IReadOnlyList<Match>)Array.ConvertAll(rows, MatchOf));
    }

    private Match MatchOf(NearRow row)
    {
        // Half the squared distance of unit vectors is 1 − x·y, and exact where they are near, which 1 − x·y is not.
        float distance = Space.Distance == DistanceMetric.Cosine ? row.Distance * row.Distance / 2 : row.Distance;
        return new Match(row.Entry.Id, row.Entry.Label, distance);
    }

    private void CheckNetwork(string? network)
    {
        if (network is not null && network != Space.Network)
        {
            throw new ArgumentException(
                $"The query was embedded by network '{network}', but this gallery holds embeddings of '{Space.Network}'. Embeddings of two "
                + "networks cannot be compared: embed the query with the network that filled the gallery.",
                nameof(network));
        }
    }
}
