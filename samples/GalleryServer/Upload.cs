namespace Siamese.Samples.GalleryServer;

/// <summary>Takes the body of a request into memory, and no more of it than may be.</summary>
internal static class Upload
{
    public static async Task<ReadOnlyMemory<byte>> ReadAsync(HttpRequest request, long maximum, CancellationToken cancellation)
    {
        if (request.ContentLength > maximum)
        {
            throw TooLarge($"It has {request.ContentLength:N0} bytes, but at most {maximum:N0} are taken.");
        }

        using var whole = new MemoryStream((int)Math.Min(request.ContentLength ?? 0, int.MaxValue));
        var part = new byte[1 << 16];
        while (await request.Body.ReadAsync(part, cancellation) is > 0 and int count)
        {
            if (whole.Length + count > maximum)
            {
                throw TooLarge($"It has more than the {maximum:N0} bytes that are taken.");
            }

            whole.Write(part, 0, count);
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
}
