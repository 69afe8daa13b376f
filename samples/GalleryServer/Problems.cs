using Microsoft.AspNetCore.Http.HttpResults;

namespace Siamese.Samples.GalleryServer;

/// <summary>Makes problem details (RFC 9457), each with what to do about it under <c>remedy</c>.</summary>
internal static class Problems
{
    public static ProblemHttpResult Of(int status, string title, string detail, string remedy) =>
        TypedResults.Problem(detail, statusCode: status, title: title, extensions: new Dictionary<string, object?> { ["remedy"] = remedy });

    public static ProblemHttpResult NotFound(string what, string id) =>
        Of(
            StatusCodes.Status404NotFound,
            $"There is no such {what}.",
            $"The gallery has no {what} of the id '{id}'.",
            "List the people: it may have been removed.");
}
