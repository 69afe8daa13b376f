using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Siamese.Training.Datasets;

namespace Siamese.Pipelines.Tests.Training.Datasets;

public sealed class MirroredDownloadTests
{
    private const string Name = "digits-idx1-ubyte";

    private static readonly byte[] Content = Noise(seed: 1, length: 200_000);
    private static readonly byte[] Sound = IdxBytes.Gzip(Content);
    private static readonly byte[] Corrupt = IdxBytes.Gzip(Noise(seed: 2, length: 200_000));

    private TemporaryFolder _folder = null!;
    private FakeMirrors _mirrors = null!;

    [SetUp]
    public void MakeFolder()
    {
        _folder = new TemporaryFolder();
        _mirrors = new FakeMirrors();
    }

    [TearDown]
    public void RemoveFolder()
    {
        _mirrors.Dispose();
        _folder.Dispose();
    }

    [Test]
    public async Task A_file_is_downloaded_once()
    {
        _mirrors.AddSound("one", Sound);

        await DownloadAsync();
        await DownloadAsync();

        Assert.That(_mirrors.Requests, Is.EqualTo([$"one {Name}.gz"]));
        Assert.That(File.ReadAllBytes(Target), Is.EqualTo(Sound));
        Assert.That(Names(), Is.EqualTo([".lock", $"{Name}.gz"]));
    }

    [Test]
    public async Task A_file_put_there_by_hand_is_kept([Values(".gz", "")] string ending)
    {
        _folder.Write(Name + ending, ending.Length > 0 ? Sound : Content);

        await DownloadAsync();

        Assert.That(_mirrors.Requests, Is.Empty);
        Assert.That(Names(), Is.EqualTo([Name + ending]));
    }

    [Test]
    public async Task A_file_with_a_wrong_checksum_is_replaced([Values(".gz", "")] string ending)
    {
        _folder.Write(Name + ending, Corrupt);
        _mirrors.AddSound("one", Sound);

        await DownloadAsync();

        Assert.That(File.ReadAllBytes(Target), Is.EqualTo(Sound));
    }

    [Test]
    public async Task Another_compression_of_the_same_data_is_taken()
    {
        byte[] another = IdxBytes.Gzip(Content, System.IO.Compression.CompressionLevel.NoCompression);
        _mirrors.AddSound("one", another);

        await DownloadAsync();

        Assert.That(File.ReadAllBytes(Target), Is.EqualTo(another));
    }

    [Test]
    public async Task A_part_is_gone_on_with()
    {
        _folder.Write($"{Name}.gz.part", Sound.AsSpan(0, 1000));
        _mirrors.AddSound("one", Sound);

        await DownloadAsync();

        Assert.That(_mirrors.Requests, Is.EqualTo([$"one {Name}.gz bytes=1000-"]));
        Assert.That(File.ReadAllBytes(Target), Is.EqualTo(Sound));
        Assert.That(Names(), Is.EqualTo([".lock", $"{Name}.gz"]));
    }

    [Test]
    public async Task A_part_that_is_whole_already_is_taken()
    {
        _folder.Write($"{Name}.gz.part", Sound);
        _mirrors.AddSound("one", Sound);

        await DownloadAsync();

        Assert.That(_mirrors.Requests, Has.Count.EqualTo(1));
        Assert.That(File.ReadAllBytes(Target), Is.EqualTo(Sound));
    }

    [Test]
    public async Task A_part_is_started_again_where_the_server_knows_no_ranges()
    {
        _folder.Write($"{Name}.gz.part", Sound.AsSpan(0, 1000));
        _mirrors.Add("one", _ => FakeMirrors.Whole(Sound));

        await DownloadAsync();

        Assert.That(_mirrors.Requests, Has.Count.EqualTo(1));
        Assert.That(File.ReadAllBytes(Target), Is.EqualTo(Sound));
    }

    [TestCase(1000)]
    [TestCase(300_000)]
    public async Task A_part_of_something_else_is_started_again(int length)
    {
        _folder.Write($"{Name}.gz.part", Noise(seed: 3, length));
        _mirrors.AddSound("one", Sound);

        await DownloadAsync();

        Assert.That(_mirrors.Requests, Is.EqualTo([$"one {Name}.gz bytes={length}-", $"one {Name}.gz"]));
        Assert.That(File.ReadAllBytes(Target), Is.EqualTo(Sound));
    }

    [Test]
    public async Task A_corrupt_mirror_is_followed_by_the_next()
    {
        _mirrors.AddSound("corrupt", Corrupt);
        _mirrors.AddSound("good", Sound);

        await DownloadAsync("corrupt", "good");

        Assert.That(_mirrors.Requests, Is.EqualTo([$"corrupt {Name}.gz", $"good {Name}.gz"]));
        Assert.That(File.ReadAllBytes(Target), Is.EqualTo(Sound));
    }

    [Test]
    public async Task A_mirror_that_sends_another_range_than_asked_for_is_followed_by_the_next()
    {
        _folder.Write($"{Name}.gz.part", Sound.AsSpan(0, 1000));
        _mirrors.Add("confused", request =>
        {
            request.Headers.Range = new(500, null);
            return FakeMirrors.Ranged(request, Sound);
        });
        _mirrors.AddSound("good", Sound);

        await DownloadAsync("confused", "good");

        Assert.That(File.ReadAllBytes(Target), Is.EqualTo(Sound));
    }

    [Test]
    public void A_mirror_that_sends_more_than_the_file_has_is_left()
    {
        _mirrors.AddSound("talkative", new byte[1 << 20]);

        Assert.That(() => DownloadAsync("talkative"), Throws.TypeOf<IOException>().With.Message.Contains("more than the 200000 bytes"));
        Assert.That(new FileInfo(Target + ".part").Length, Is.LessThan(300_000));
    }

    [Test]
    public void A_mirror_that_sends_nothing_is_left()
    {
        _mirrors.Add("silent", _ => new HttpResponseMessage { Content = new StreamContent(new Pipe().Reader.AsStream()) });

        Assert.That(() => DownloadAsync("silent"), Throws.TypeOf<IOException>().With.Message.Contains("sent nothing for 0.5 seconds"));
    }

    [Test]
    public void When_all_mirrors_fail_the_error_has_the_reason_of_each_and_the_way_by_hand()
    {
        _mirrors.Add("gone", _ => new HttpResponseMessage(HttpStatusCode.NotFound));
        _mirrors.Add("offline", _ => throw new HttpRequestException("No such host is known."));
        _mirrors.AddSound("corrupt", Corrupt);

        Assert.That(
            () => DownloadAsync("gone", "offline", "corrupt"),
            Throws.TypeOf<IOException>().With.InnerException.TypeOf<AggregateException>()
                .And.Message.Contains($"'{Name}.gz' could not be downloaded")
                .And.Message.Match(@"http://gone/mnist/: .*404")
                .And.Message.Contains("http://offline/mnist/: No such host is known.")
                .And.Message.Match(@"http://corrupt/mnist/: .*checksum, MD5 [0-9a-f]{32}")
                .And.Message.Contains($"put these files into '{_folder.Path}' by hand, each with .gz or decompressed: {Name}."));
        Assert.That(Names(), Is.EqualTo([".lock"]));
    }

    [Test]
    public void A_cancelled_download_leaves_only_its_part_and_the_next_goes_on_from_there()
    {
        using var cancellation = new CancellationTokenSource();
        _mirrors.AddSound("one", Sound);
        var progress = new Callback(_ => cancellation.Cancel());

        Assert.That(() => DownloadAsync(progress, cancellation.Token, "one"), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(Names(), Is.EqualTo([".lock", $"{Name}.gz.part"]));
        long received = new FileInfo(Target + ".part").Length;
        Assert.That(received, Is.GreaterThan(0).And.LessThan(Sound.Length));

        Assert.That(() => DownloadAsync(), Throws.Nothing);
        Assert.That(_mirrors.Requests[^1], Is.EqualTo($"one {Name}.gz bytes={received}-"));
        Assert.That(File.ReadAllBytes(Target), Is.EqualTo(Sound));
    }

    [Test]
    public async Task Progress_counts_what_an_earlier_download_received()
    {
        _folder.Write($"{Name}.gz.part", Sound.AsSpan(0, 1000));
        _mirrors.AddSound("one", Sound);
        var reports = new List<DownloadProgress>();

        await DownloadAsync(new Callback(reports.Add), CancellationToken.None, "one");

        Assert.That(reports.Select(report => report.ReceivedBytes), Is.Ordered.Ascending.And.All.GreaterThan(1000));
        Assert.That(reports[^1], Is.EqualTo(new DownloadProgress($"{Name}.gz", Sound.Length, Sound.Length)));
    }

    [Test]
    public async Task Downloads_into_one_folder_at_once_download_once()
    {
        _mirrors.AddSound("one", Sound);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => DownloadAsync())));

        Assert.That(_mirrors.Requests, Is.EqualTo([$"one {Name}.gz"]));
        Assert.That(File.ReadAllBytes(Target), Is.EqualTo(Sound));
    }

    [Test]
    public async Task A_connection_that_breaks_is_gone_on_with_at_the_next_mirror()
    {
        using var breaking = new TcpListener(IPAddress.Loopback, 0);
        breaking.Start();
        Task served = ServeHalfAsync(breaking);
        _mirrors.AddSound("good", Sound);
        var broken = new Uri($"http://{breaking.LocalEndpoint}/mnist/");
        using var client = new HttpClient(new LoopbackOr(_mirrors));

        await MnistDataset.DownloadAsync([Published], Options(client, broken, new Uri("http://good/mnist/")), null, CancellationToken.None);
        await served;

        Assert.That(_mirrors.Requests.Single(), Does.Match($@"^good {Name}\.gz bytes=\d+-$"));
        Assert.That(File.ReadAllBytes(Target), Is.EqualTo(Sound));
    }

    private static PublishedFile Published =>
        new(Name, Content.Length, Convert.ToHexStringLower(CryptographicOperations.HashData(HashAlgorithmName.MD5, Content)));

    private string Target => _folder.File($"{Name}.gz");

    private static byte[] Noise(int seed, int length)
    {
        var noise = new byte[length];
        new Random(seed).NextBytes(noise);
        return noise;
    }

    private static async Task ServeHalfAsync(TcpListener listener)
    {
        using TcpClient connection = await listener.AcceptTcpClientAsync();
        NetworkStream stream = connection.GetStream();
        using var request = new StreamReader(stream, leaveOpen: true);
        while (await request.ReadLineAsync() is { Length: > 0 })
        {
        }

        await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Length: {Sound.Length}\r\n\r\n"));
        await stream.WriteAsync(Sound.AsMemory(0, Sound.Length / 2));
    }

    private string[] Names() => [.. Directory.GetFiles(_folder.Path).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    private Task DownloadAsync() => DownloadAsync("one");

    private Task DownloadAsync(params string[] hosts) => DownloadAsync(null, CancellationToken.None, hosts);

    private async Task DownloadAsync(IProgress<DownloadProgress>? progress, CancellationToken cancellationToken, params string[] hosts)
    {
        using var client = new HttpClient(_mirrors, disposeHandler: false);
        Uri[] addresses = [.. hosts.Select(host => new Uri($"http://{host}/mnist/"))];
        await MnistDataset.DownloadAsync([Published], Options(client, addresses), progress, cancellationToken);
    }

    private MnistDownloadOptions Options(HttpClient client, params Uri[] mirrors) => new()
    {
        CacheDirectory = _folder.Path,
        Mirrors = [.. mirrors],
        Client = client,
        StallTimeout = TimeSpan.FromSeconds(0.5),
    };

    private sealed class Callback(Action<DownloadProgress> report) : IProgress<DownloadProgress>
    {
        public void Report(DownloadProgress value) => report(value);
    }

    private sealed class LoopbackOr(FakeMirrors mirrors) : DelegatingHandler(new SocketsHttpHandler())
    {
        private readonly HttpMessageInvoker _mirrors = new(mirrors, disposeHandler: false);

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            request.RequestUri!.IsLoopback
                ? base.SendAsync(request, cancellationToken)
                : _mirrors.SendAsync(request, cancellationToken);
    }
}
