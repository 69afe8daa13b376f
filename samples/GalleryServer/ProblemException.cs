namespace Siamese.Samples.GalleryServer;

/// <summary>A request that cannot be served, and why.</summary>
internal sealed class ProblemException(int status, string title, string detail, string remedy) : Exception(detail)
{
    public int Status => status;

    public string Title => title;

    public string Remedy => remedy;

    /// <summary>Gets after how many seconds the request may be sent again; null where that changes nothing.</summary>
    public int? RetryAfterSeconds { get; init; }
}
