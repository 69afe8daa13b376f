using System.Threading.RateLimiting;

namespace Siamese.Samples.GalleryServer;

/// <summary>
/// Lets a photograph be worked on once all of it is here. A slow upload so keeps a little memory, and never the place of another photograph.
/// </summary>
internal sealed class PhotographQueue : IDisposable
{
    private readonly ServerSettings _settings;
    private readonly ConcurrencyLimiter _places;
    private long _bytes;

    public PhotographQueue(ServerSettings settings)
    {
        _settings = settings;
        _places = new ConcurrencyLimiter(new ConcurrencyLimiterOptions
        {
            PermitLimit = settings.Concurrency,
            QueueLimit = 4 * settings.Concurrency,
            QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
        });
    }

    /// <summary>Works on a photograph as soon as it is here and there is a place.</summary>
    /// <exception cref="ProblemException">The photograph cannot be taken, or the server is busy.</exception>
    public async Task<T> RunAsync<T>(HttpRequest request, Func<ReadOnlyMemory<byte>, Task<T>> work, CancellationToken cancellation)
    {
        using var share = new ByteShare(this);
        ReadOnlyMemory<byte> photograph = await Upload.ReadAsync(request, _settings.MaximumBytes, share, cancellation);
        using RateLimitLease place = await _places.AcquireAsync(cancellationToken: cancellation);
        return place.IsAcquired
            ? await work(photograph)
            : throw Busy($"{_settings.Concurrency} photographs are being worked on, and {4 * _settings.Concurrency} wait.");
    }

    public void Dispose() => _places.Dispose();

    private static ProblemException Busy(string detail) => new(
        StatusCodes.Status503ServiceUnavailable, "The server is busy.", detail, "Send the photograph again in a second.")
    {
        RetryAfterSeconds = 1,
    };

    /// <summary>The bytes that one upload keeps in memory.</summary>
    public sealed class ByteShare(PhotographQueue queue) : IDisposable
    {
        private long _taken;

        /// <exception cref="ProblemException">All uploads together would keep too much.</exception>
        public void Take(long count)
        {
            _taken += count;
            if (Interlocked.Add(ref queue._bytes, count) > queue._settings.MaximumUploadBytes)
            {
                throw Busy($"Other uploads keep the {queue._settings.MaximumUploadBytes:N0} bytes that are kept at once.");
            }
        }

        public void Dispose() => Interlocked.Add(ref queue._bytes, -_taken);
    }
}
