using System.Net;

namespace Siamese.Samples.GalleryServer;

/// <summary>
/// Refuses requests under a host name that is not this server's: a page of another site can point a name of its own at this server (DNS rebinding),
/// and its requests then count as the site's own. An IP address cannot be pointed elsewhere.
/// </summary>
internal sealed class HostGuard(ServerSettings settings)
{
    private readonly HashSet<string> _names = new(
        ["localhost", .. settings.Key is null ? [] : new[] { Environment.MachineName }, .. settings.HostNames], StringComparer.OrdinalIgnoreCase);

    /// <summary>Checks the Host header of a request.</summary>
    /// <exception cref="ProblemException">The header is missing or names another host.</exception>
    public void Check(HttpRequest request)
    {
        string host = request.Host.Host;
        bool isKnown = IPAddress.TryParse(host.Trim('[', ']'), out IPAddress? address)
            ? settings.Key is not null || IPAddress.IsLoopback(address)
            : _names.Contains(host);
        if (!isKnown)
        {
            throw new ProblemException(
                StatusCodes.Status400BadRequest,
                "The host name is not the server's.",
                $"The request is for '{host}', but the server answers to {string.Join(", ", _names.Order())} and IP addresses.",
                $"Use one of these, or start the server with {ServerSettings.HostOption} for each name under which it is reached.");
        }
    }
}
