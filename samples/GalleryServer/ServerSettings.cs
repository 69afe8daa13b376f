using System.Net;

namespace Siamese.Samples.GalleryServer;

/// <summary>What the command line and the environment say.</summary>
/// <param name="Store">Where the gallery is kept.</param>
/// <param name="Urls">Where to listen.</param>
/// <param name="Threshold">The distance beyond which a face is nobody's; null for the gallery's own.</param>
/// <param name="MaximumBytes">The largest file of a photograph.</param>
/// <param name="MaximumPixels">The most pixels of a photograph.</param>
/// <param name="Concurrency">How many photographs are worked on at once.</param>
/// <param name="Key">What enrolment and removal ask for; null where anybody on this machine may.</param>
internal sealed record ServerSettings(
    string Store, IReadOnlyList<string> Urls, float? Threshold, long MaximumBytes, long MaximumPixels, int Concurrency, string? Key)
{
    public const string KeyVariable = "GALLERY_SERVER_KEY";
    public const int ShortestKey = 16;

    /// <summary>Two photographs are of one person where their distance is below about this; see onnx/models/face-resnet34-128.md.</summary>
    public const float UsualThreshold = 0.6f;

    /// <summary>Refuses what cannot be served, or must not.</summary>
    /// <exception cref="ArgumentException">It says what, and what to do.</exception>
    public void Check()
    {
        AtLeast(MaximumBytes, "--max-bytes");
        AtLeast(MaximumPixels, "--max-pixels");
        AtLeast(Concurrency, "--concurrency");
        if (Threshold is { } threshold && !(threshold >= 0 && float.IsFinite(threshold)))
        {
            throw new ArgumentException($"--threshold is {threshold}, but a distance is at least 0.");
        }

        if (Key is { Length: < ShortestKey })
        {
            throw new ArgumentException(
                $"The key in {KeyVariable} has {Key.Length} characters, but is to have at least {ShortestKey}. "
                + "Take the output of: openssl rand -hex 32");
        }

        string[] open = [.. Urls.Where(url => !IsLoopback(Parse(url)))];
        if (Key is null && open is [string first, ..])
        {
            throw new ArgumentException(
                $"'{first}' is reached from other machines, so that whoever enrols or removes faces must show a key. "
                + $"Set {KeyVariable} to one of at least {ShortestKey} characters, such as the output of "
                + "openssl rand -hex 32, or listen on localhost.");
        }
    }

    private static void AtLeast(long value, string option)
    {
        if (value < 1)
        {
            throw new ArgumentException($"{option} is {value}, but must be at least 1.");
        }
    }

    private static BindingAddress Parse(string url)
    {
        BindingAddress address;
        try
        {
            address = BindingAddress.Parse(url);
        }
        catch (FormatException)
        {
            throw new ArgumentException($"'{url}' is no address to listen on. Write it as http://localhost:5080.");
        }

        return address.Scheme == "http"
            ? address
            : throw new ArgumentException(
                $"'{url}' is of '{address.Scheme}', but this program speaks http alone. Put what speaks https in front of it.");
    }

    private static bool IsLoopback(BindingAddress address) =>
        string.Equals(address.Host, "localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(address.Host.Trim('[', ']'), out IPAddress? ip) && IPAddress.IsLoopback(ip));
}
