using Microsoft.Extensions.Diagnostics.HealthChecks;
using Siamese.Pipelines.Retrieval;

namespace Siamese.Samples.GalleryServer;

/// <summary>Asks whether the gallery answers.</summary>
internal sealed class GalleryHealth(IGallery gallery) : IHealthCheck
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            long count = await gallery.CountAsync(cancellationToken).AsTask().WaitAsync(Patience, cancellationToken);
            return HealthCheckResult.Healthy($"{count} faces");
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException or TimeoutException)
        {
            // The message names the store, which is for the log and not for whoever asks.
            return HealthCheckResult.Unhealthy("The gallery does not answer.", exception);
        }
    }
}
