using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Siamese.Samples.GalleryServer;

/// <summary>The routes.</summary>
internal static class GalleryApi
{
    /// <summary>What a photograph may be. A page of another site may send a form or text, but none of these without the server's leave.</summary>
    public static readonly string[] ImageTypes = ["image/jpeg", "image/png", "image/webp", "image/bmp", "image/gif"];

    public static void Map(WebApplication server, ServerSettings settings)
    {
        RouteGroupBuilder api = server.MapGroup("/api").WithTags("Gallery").ProducesProblem(StatusCodes.Status503ServiceUnavailable);

        api.MapGet("/settings", Describe)
            .WithName("GetSettings").WithSummary("Says what the server takes, and whether enrolment asks for a key.");

        api.MapPost("/faces", SearchAsync)
            .TakesPhotograph().RequireRateLimiting(GalleryApplication.Photographs)
            .WithName("SearchFaces").WithSummary("Finds the faces of a photograph and, for each, the nearest people. The photograph is not kept.");

        api.MapGet("/people", ListAsync)
            .WithName("ListPeople").WithSummary("Lists enrolled faces, page by page.");

        api.MapPost("/people", EnrolAsync)
            .TakesPhotograph().RequireRateLimiting(GalleryApplication.Photographs).RequireKey(settings)
            .WithName("EnrolFace")
            .WithSummary("Enrols a face of a photograph under a name. Its embedding and a thumbnail are kept, the photograph is not.");

        api.MapGet("/people/{id}/thumbnail", ThumbnailAsync)
            .Produces(StatusCodes.Status200OK, contentType: FaceThumbnail.MediaType)
            .WithName("GetThumbnail").WithSummary("Gives the small picture of an enrolled face.");

        api.MapDelete("/people/{id}", RemoveAsync)
            .RequireKey(settings)
            .WithName("RemoveFace").WithSummary("Removes an enrolled face: embedding, name and thumbnail.");
    }

    private static Ok<ServerDescription> Describe(ServerSettings settings, People people) =>
        TypedResults.Ok(new ServerDescription(people.Threshold, settings.MaximumBytes, settings.MaximumPixels, settings.Key is not null));

    private static async Task<Ok<PhotographResult>> SearchAsync(
        HttpRequest request, FaceReader reader, People people, ServerSettings settings, CancellationToken cancellation)
    {
        ReadOnlyMemory<byte> photograph = await Upload.ReadAsync(request, settings.MaximumBytes, cancellation);
        FaceReading reading = reader.Read(photograph);
        var faces = new List<FaceResult>();
        foreach ((int index, FoundFace face) in reading.Faces.Index())
        {
            IReadOnlyList<NearPerson> nearest = await people.NearestAsync(face.Embedding, cancellation);
            string? name = nearest is [{ } first, ..] && first.Distance <= people.Threshold ? first.Name : null;
            faces.Add(new FaceResult(index, FaceRectangle.Of(face.Box), face.Score, name, nearest));
        }

        return TypedResults.Ok(new PhotographResult(reading.Width, reading.Height, people.Threshold, faces));
    }

    private static async Task<Created<Person>> EnrolAsync(
        string name, int? face, HttpRequest request, FaceReader reader, People people, ServerSettings settings, CancellationToken cancellation)
    {
        string person = People.CheckName(name);
        ReadOnlyMemory<byte> photograph = await Upload.ReadAsync(request, settings.MaximumBytes, cancellation);
        FaceReading reading = reader.Read(photograph, thumbnails: true);
        Person enrolled = await people.EnrolAsync(person, reading.Choose(face), cancellation);
        return TypedResults.Created($"/api/people/{enrolled.Id}", enrolled);
    }

    private static async Task<Results<Ok<PeoplePage>, ProblemHttpResult>> ListAsync(
        People people, CancellationToken cancellation, int skip = 0, int take = 60)
    {
        const int Most = 200;
        return skip < 0 || take is < 1 or > Most
            ? Problems.Of(
                StatusCodes.Status400BadRequest,
                "There is no such page.",
                string.Create(CultureInfo.InvariantCulture, $"skip is {skip} and take {take}."),
                $"Take from 1 to {Most} faces, and skip at least 0.")
            : TypedResults.Ok(await people.ListAsync(skip, take, cancellation));
    }

    private static async Task<Results<FileContentHttpResult, ProblemHttpResult>> ThumbnailAsync(
        string id, HttpResponse response, People people, CancellationToken cancellation)
    {
        if (await people.ThumbnailAsync(id, cancellation) is not { } thumbnail)
        {
            return Problems.NotFound("thumbnail", id);
        }

        // An id is never given to another face; but who was removed shall soon be gone from browsers too.
        response.Headers.CacheControl = "private, max-age=300";
        return TypedResults.Bytes(thumbnail, FaceThumbnail.MediaType);
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> RemoveAsync(string id, People people, CancellationToken cancellation) =>
        await people.RemoveAsync(id, cancellation) ? TypedResults.NoContent() : Problems.NotFound("face", id);

    private static RouteHandlerBuilder TakesPhotograph(this RouteHandlerBuilder route) => route
        .Accepts<Stream>(ImageTypes[0], ImageTypes[1..])
        .ProducesProblem(StatusCodes.Status413PayloadTooLarge)
        .ProducesProblem(StatusCodes.Status415UnsupportedMediaType)
        .ProducesProblem(StatusCodes.Status422UnprocessableEntity);

    private static RouteHandlerBuilder RequireKey(this RouteHandlerBuilder route, ServerSettings settings) =>
        settings.Key is null
            ? route
            : route.AddEndpointFilter(new KeyFilter(settings.Key)).WithMetadata(new KeyRequired()).ProducesProblem(StatusCodes.Status401Unauthorized);
}
