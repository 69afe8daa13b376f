using System.Net.Http.Headers;

namespace Siamese.Samples.GalleryServer;

/// <summary>Reads the body of a request into memory, up to a limit of bytes and of time.</summary>
internal static class Upload
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    public static async Task<ReadOnlyMemory<byte>> ReadAsync(
        HttpRequest request, long maximum, PhotographQueue.ByteShare share, CancellationToken cancellation)
    {
        CheckType(request);
        if (request.ContentLength > maximum)
        {
            throw TooLarge($"It has {request.ContentLength:N0} bytes, but at most {maximum:N0} are taken.");
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        stop.CancelAfter(Deadline);
        using var whole = new MemoryStream();
        try
        {
            var part = new byte[1 << 16];
            while (await request.Body.ReadAsync(part, stop.Token) is > 0 and int count)
            {
                if (whole.Length + count > maximum)
                {
                    throw TooLarge($"It has more than the {maximum:N0} bytes that are taken.");
                }

                // What was sent, not what was announced: an announcement costs its sender nothing.
                share.Take(count);
                whole.Write(part, 0, count);
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new ProblemException(
                StatusCodes.Status408RequestTimeout,
                "The upload took too long.",
                $"{whole.Length:N0} bytes came within {Deadline.TotalSeconds:N0} seconds.",
                "Send a smaller photograph, or use a faster connection.");
        }

        return whole.Length > 0
            ? whole.GetBuffer().AsMemory(0, (int)whole.Length)
            : throw new ProblemException(
                StatusCodes.Status422UnprocessableEntity,
                "There is no photograph.",
                "The body of the request is empty.",
                "Send the bytes of an image file as the body.");

        static ProblemException TooLarge(string detail) => new(
            StatusCodes.Status413PayloadTooLarge, "The photograph is too large.", detail, "Shrink it, or save it with a lower quality.");
    }

    // Routing refuses a wrong type, but passes a request without one, which a page of another site may send without the server's consent.
    private static void CheckType(HttpRequest request)
    {
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out MediaTypeHeaderValue? type)
            || !GalleryApi.ImageTypes.Contains(type.MediaType, StringComparer.OrdinalIgnoreCase))
        {
            throw new ProblemException(
                StatusCodes.Status415UnsupportedMediaType,
                "The content type is not that of a photograph.",
                request.ContentType is null ? "The request has no header Content-Type." : $"The content type is '{request.ContentType}'.",
                GalleryApi.ImageTypesRemedy);
        }
    }
}
