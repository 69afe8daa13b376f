using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Siamese.Samples.GalleryServer;

/// <summary>
/// An address to listen on. ASP.NET Core listens on all interfaces wherever it does not recognize a host, such as <c>[127.0.0.1]</c>;
/// here what is checked is what is bound.
/// </summary>
/// <param name="Url">The address as it was given.</param>
/// <param name="Address">The one IP address; null for the two of localhost.</param>
/// <param name="Port">The port; 0 takes one that is free.</param>
internal sealed record ListeningAddress(string Url, IPAddress? Address, int Port)
{
    private const string Scheme = "http://";

    /// <summary>Gets whether only this machine reaches the address.</summary>
    public bool IsLoopback => Address is null || IPAddress.IsLoopback(Address);

    /// <summary>Reads an address such as <c>http://localhost:5080</c>, <c>http://[::1]:5080</c> or <c>http://*:5080</c>.</summary>
    /// <exception cref="ArgumentException">It is of another form, or of another scheme than http.</exception>
    public static ListeningAddress Parse(string url)
    {
        if (url.StartsWith("https://", StringComparison.OrdinalIgnoreCase))
        {
            throw new ArgumentException($"--urls has '{url}', but this program speaks http alone. Put a proxy that speaks https in front of it.");
        }

        string rest = url.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? url[Scheme.Length..].TrimEnd('/') : string.Empty;
        int colon = rest.LastIndexOf(':');
        string host = colon < 0 || rest.EndsWith(']') ? rest : rest[..colon];
        int port = 80;
        if (host.Length < rest.Length
            && !(int.TryParse(rest[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out port) && port <= IPEndPoint.MaxPort))
        {
            throw Refusal(url);
        }

        if (string.Equals(host, "localhost", StringComparison.OrdinalIgnoreCase))
        {
            return port > 0
                ? new ListeningAddress(url, null, port)
                : throw new ArgumentException($"--urls has '{url}', but localhost is two addresses, which need one port. Use http://127.0.0.1:0.");
        }

        return new ListeningAddress(url, host is "*" or "+" ? IPAddress.IPv6Any : ParseAddress(host) ?? throw Refusal(url), port);
    }

    public void Listen(KestrelServerOptions kestrel)
    {
        if (Address is null)
        {
            kestrel.ListenLocalhost(Port);
        }
        else if (Address.Equals(IPAddress.IPv6Any))
        {
            kestrel.ListenAnyIP(Port);
        }
        else
        {
            kestrel.Listen(Address, Port);
        }
    }

    // IPv6 in brackets, IPv4 without and in full: IPAddress.Parse also takes a number such as 0 for an address.
    private static IPAddress? ParseAddress(string host)
    {
        bool isBracketed = host.Length > 2 && host[0] == '[' && host[^1] == ']';
        return IPAddress.TryParse(isBracketed ? host[1..^1] : host, out IPAddress? address)
            && (isBracketed ? host.Contains(':') : address.ToString() == host && !host.Contains(':'))
            ? address
            : null;
    }

    private static ArgumentException Refusal(string url) => new(
        $"--urls has '{url}', which is not an address to listen on. Use http://localhost:5080, the IP address of an interface such as "
        + "http://192.168.1.5:5080 or http://[::1]:5080, or http://*:5080 for all interfaces.");
}
