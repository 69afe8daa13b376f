using Microsoft.Extensions.Primitives;

namespace Siamese.Samples.GalleryServer;

/// <summary>
/// Refuses requests that a page of another site sends by a visitor's browser (cross-site request forgery). A program that is not a browser sends neither
/// of the headers. A page on another port of the same machine is another site as well.
/// </summary>
internal static class OriginGuard
{
    /// <summary>Checks a request by a method that may change something: any but GET, HEAD, OPTIONS and TRACE.</summary>
    /// <exception cref="ProblemException">The request comes from a page of another site.</exception>
    public static void Check(HttpRequest request)
    {
        if (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method)
            || HttpMethods.IsTrace(request.Method))
        {
            return;
        }

        StringValues site = request.Headers["Sec-Fetch-Site"];
        if (site.Count > 0 && (site.Count > 1 || site[0] is not ("same-origin" or "none")))
        {
            throw Foreign($"Its Sec-Fetch-Site is '{site}'.");
        }

        StringValues origin = request.Headers.Origin;
        if (origin.Count > 0 && (origin.Count > 1 || !IsOwn(origin[0], request.Host)))
        {
            throw Foreign($"Its Origin is '{origin}', but the server is '{request.Host}'.");
        }
    }

    // Not by the scheme: a proxy in front may speak HTTPS. The origin "null", of a sandboxed page, is not an address.
    private static bool IsOwn(string? origin, HostString host) =>
        Uri.TryCreate(origin, UriKind.Absolute, out Uri? page)
        && (page.Scheme == Uri.UriSchemeHttp || page.Scheme == Uri.UriSchemeHttps)
        && string.Equals(page.Host, Literal(host.Host), StringComparison.OrdinalIgnoreCase)
        && (page.IsDefaultPort ? host.Port is null or 80 or 443 : host.Port == page.Port);

    // Uri writes IPv6 addresses in their shortest form, in brackets.
    private static string Literal(string host) =>
        Uri.TryCreate($"http://{host}", UriKind.Absolute, out Uri? address) ? address.Host : host;

    private static ProblemException Foreign(string detail) => new(
        StatusCodes.Status403Forbidden,
        "The request comes from a page of another site.",
        detail,
        "Use the server's own page, or a program that is not a browser. A proxy in front must pass the Host header on.");
}
