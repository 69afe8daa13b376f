namespace Siamese.Samples.GalleryServer;

/// <summary>The settings of the command line and the environment.</summary>
/// <param name="Store">Where the gallery is kept.</param>
/// <param name="Addresses">Where to listen.</param>
/// <param name="HostNames">The names under which the server is reached, beside localhost.</param>
/// <param name="Threshold">The distance beyond which a face is nobody's; null for the gallery's own.</param>
/// <param name="MaximumBytes">The largest file of a photograph.</param>
/// <param name="MaximumUploadBytes">The bytes that all photographs together may keep in memory, until each is read.</param>
/// <param name="MaximumPixels">The most pixels of a photograph.</param>
/// <param name="Concurrency">How many photographs are worked on at once.</param>
/// <param name="Key">The key that enrolment and removal require; null where anybody on this machine may enrol and remove.</param>
internal sealed record ServerSettings(
    string Store,
    IReadOnlyList<ListeningAddress> Addresses,
    IReadOnlyList<string> HostNames,
    float? Threshold,
    long MaximumBytes,
    long MaximumUploadBytes,
    long MaximumPixels,
    int Concurrency,
    string? Key)
{
    public const string KeyVariable = "GALLERY_SERVER_KEY";
    public const string HostOption = "--host";
    public const int ShortestKey = 16;

    /// <summary>Two photographs are of one person where their distance is below about this; see onnx/models/face-resnet34-128.md.</summary>
    public const float UsualThreshold = 0.6f;

    // A photograph is read into one array, whose length is an int.
    private const long MostBytes = 1_000_000_000;

    // What the decoder makes of it, four bytes a pixel, must be one array as well.
    private const long MostPixels = 500_000_000;
    private const int MostConcurrency = 1024;

    /// <summary>Refuses settings that cannot be served, or must not be.</summary>
    /// <exception cref="ArgumentException">A setting is out of its range, or an address is open to other machines and there is no key.</exception>
    public void Check()
    {
        InRange(MaximumBytes, MostBytes, "--max-bytes");
        InRange(MaximumUploadBytes, long.MaxValue, "--max-upload-bytes");
        if (MaximumUploadBytes < MaximumBytes)
        {
            throw new ArgumentException(
                $"--max-upload-bytes is {MaximumUploadBytes}, but must be at least --max-bytes, {MaximumBytes}: one photograph must fit.");
        }

        InRange(MaximumPixels, MostPixels, "--max-pixels");
        InRange(Concurrency, MostConcurrency, "--concurrency");
        if (Threshold is { } threshold && !(threshold >= 0 && float.IsFinite(threshold)))
        {
            throw new ArgumentException($"--threshold is {threshold}, but a distance is a number of at least 0.");
        }

        if (HostNames.FirstOrDefault(name => Uri.CheckHostName(name) != UriHostNameType.Dns) is { } wrong)
        {
            throw new ArgumentException($"{HostOption} is '{wrong}', but must be a host name alone, such as gallery.example.");
        }

        if (Key is { Length: < ShortestKey })
        {
            throw new ArgumentException(
                $"The key in {KeyVariable} has {Key.Length} characters, but must have at least {ShortestKey}. "
                + "Take the output of: openssl rand -hex 32");
        }

        if (Key is null && Addresses.FirstOrDefault(address => !address.IsLoopback) is { } open)
        {
            throw new ArgumentException(
                $"'{open.Url}' is reached from other machines, so enrolment and removal must require a key. "
                + $"Set {KeyVariable} to one of at least {ShortestKey} characters, such as the output of "
                + "openssl rand -hex 32, or listen on localhost.");
        }
    }

    private static void InRange(long value, long most, string option)
    {
        if (value < 1 || value > most)
        {
            throw new ArgumentException($"{option} is {value}, but must be from 1 to {most:N0}.");
        }
    }
}
