namespace Siamese.Samples.GalleryServer;

/// <summary>What /health answers.</summary>
/// <param name="Status">Healthy, Degraded or Unhealthy.</param>
/// <param name="Checks">The same of each check, with what it says.</param>
internal sealed record HealthStatusReport(string Status, IReadOnlyDictionary<string, string> Checks);
