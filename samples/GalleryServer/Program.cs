using System.CommandLine;
using Siamese.Samples.GalleryServer;
using Siamese.Samples.Stores;

// Serves a gallery of faces: a page to search and enrol with, and the API beneath it.
// The routes are in GalleryApi, how a photograph is read in FaceReader.

var data = new Option<DirectoryInfo>("--data")
{
    Description = "The folder of the gallery.",
    DefaultValueFactory = _ => new DirectoryInfo(Path.Combine("out", "gallery")),
};
var store = new Option<string?>("--store")
{
    Description = $"Where the gallery is kept: {GalleryStore.Forms} (default: faces.db in the data folder).",
};
var urls = new Option<string[]>("--urls")
{
    Description = $"Where to listen. Beyond this machine only with a key of at least {ServerSettings.ShortestKey} characters in the environment "
        + $"variable {ServerSettings.KeyVariable}.",
    DefaultValueFactory = _ => ["http://localhost:5080"],
    AllowMultipleArgumentsPerToken = true,
};
var hosts = new Option<string[]>(ServerSettings.HostOption)
{
    Description = "A name under which the server is reached from other machines, or through a proxy. Other names are refused.",
    DefaultValueFactory = _ => [],
    AllowMultipleArgumentsPerToken = true,
};
var threshold = new Option<float?>("--threshold")
{
    Description = $"The distance beyond which a face is nobody's (default: what the gallery was calibrated to, or {ServerSettings.UsualThreshold}).",
};
var bytes = new Option<long>("--max-bytes") { Description = "The largest file of a photograph.", DefaultValueFactory = _ => 10_000_000 };
var uploads = new Option<long>("--max-upload-bytes")
{
    Description = "The bytes that all photographs together may keep in memory, until each is read.",
    DefaultValueFactory = _ => 256_000_000,
};
var pixels = new Option<long>("--max-pixels")
{
    Description = "The most pixels of a photograph, width x height.",
    DefaultValueFactory = _ => 50_000_000,
};
var concurrency = new Option<int>("--concurrency")
{
    Description = "How many photographs are worked on at once; four times as many wait.",
    DefaultValueFactory = _ => Environment.ProcessorCount,
};

var root = new RootCommand(
    """
    Serves a gallery of faces: drop a photograph on its page, see who is nearest, enrol who is new.

    Faces are personal data. Photographs are not kept, but name, embedding and small picture of an enrolled face are: check the laws that apply before you store them.
    """)
{
    data, store, urls, hosts, threshold, bytes, uploads, pixels, concurrency,
};
root.SetAction(async (parsed, cancellation) =>
{
    try
    {
        string folder = parsed.GetRequiredValue(data).FullName;
        var settings = new ServerSettings(
            parsed.GetValue(store) ?? Path.Combine(folder, "faces.db"),
            [.. parsed.GetRequiredValue(urls).Select(ListeningAddress.Parse)],
            parsed.GetRequiredValue(hosts),
            parsed.GetValue(threshold),
            parsed.GetValue(bytes),
            parsed.GetValue(uploads),
            parsed.GetValue(pixels),
            parsed.GetValue(concurrency),
            Environment.GetEnvironmentVariable(ServerSettings.KeyVariable));
        settings.Check();
        Directory.CreateDirectory(folder);
        await using WebApplication server = await GalleryApplication.BuildAsync(settings, cancellation);
        await server.RunAsync(cancellation);
        return 0;
    }
    catch (Exception exception) when (exception is ArgumentException or IOException or InvalidDataException or UnauthorizedAccessException)
    {
        await Console.Error.WriteLineAsync(exception.Message);
        return 1;
    }
});

return await root.Parse(args).InvokeAsync();
