using Microsoft.Extensions.Primitives;

namespace Siamese.Samples.GalleryServer;

/// <summary>Refuses a query that gives one value twice: proxies and programs differ in which of the two they take.</summary>
internal static class QueryGuard
{
    /// <summary>Checks the query of a request.</summary>
    /// <exception cref="ProblemException">A key stands in it more than once.</exception>
    public static void Check(HttpRequest request)
    {
        foreach ((string key, StringValues values) in request.Query)
        {
            if (values.Count > 1)
            {
                throw new ProblemException(
                    StatusCodes.Status400BadRequest, "The request is ambiguous.", $"'{key}' is given {values.Count} times.", $"Give '{key}' once.");
            }
        }
    }
}
