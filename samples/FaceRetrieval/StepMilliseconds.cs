namespace Siamese.Samples.FaceRetrieval;

/// <summary>What the steps take for a photograph, of one thread while all are busy.</summary>
internal sealed record StepMilliseconds(double Detect, double Align, double Embed)
{
    /// <summary>Gives the means of a run; null where nothing was read.</summary>
    public static StepMilliseconds? Of(Indexing indexing, int embedder)
    {
        int read = indexing.Read - indexing.Unreadable.Count;
        int embedded = read - indexing.Missed.Count;
        return embedded <= 0
            ? null
            : new StepMilliseconds(
                1000 * indexing.DetectSeconds / read,
                1000 * indexing.AlignSeconds[embedder] / embedded,
                1000 * indexing.EmbedSeconds[embedder] / embedded);
    }
}
