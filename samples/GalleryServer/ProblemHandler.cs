using System.Globalization;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Siamese.Samples.GalleryServer;

/// <summary>Answers what went wrong with a problem, and tells nobody outside what only the log may know.</summary>
internal sealed class ProblemHandler(ILogger<ProblemHandler> logger) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (httpContext.RequestAborted.IsCancellationRequested)
        {
            // The client has left.
            return true;
        }

        ProblemHttpResult? problem = exception switch
        {
            ProblemException known => Problems.Of(known.Status, known.Title, known.Message, known.Remedy),
            BadHttpRequestException bad => Problems.Of(
                bad.StatusCode, "The request cannot be read.", bad.Message, "See /openapi/v1.json for what the server takes."),
            IOException or InvalidDataException => Problems.Of(
                StatusCodes.Status503ServiceUnavailable,
                "The gallery does not answer.",
                "It could not be read or written.",
                "Try again; else see the server's log."),
            _ => null,
        };
        if (problem is null || (problem.StatusCode >= 500 && exception is not ProblemException))
        {
            logger.LogError(exception, "{Method} {Path} failed.", httpContext.Request.Method, httpContext.Request.Path);
        }

        if (exception is ProblemException { RetryAfterSeconds: { } seconds })
        {
            httpContext.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        }

        problem ??= Problems.Of(
            StatusCodes.Status500InternalServerError, "The server failed.", "What went wrong is in its log.", "Tell whoever runs the server.");
        await problem.ExecuteAsync(httpContext);
        return true;
    }
}
