using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Siamese.Samples.GalleryServer;

/// <summary>The routes.</summary>
internal static class GalleryApi
{
    /// <summary>The content types of photographs. A page of another site may send a form or text, but none of these without the server's consent.</summary>
    public static readonly string[] ImageTypes = ["image/jpeg", "image/png", "image/webp", "image/bmp", "image/gif"];

    /// <summary>What to do about another content type.</summary>
    public static readonly string ImageTypesRemedy =
        $"Send the bytes of the photograph as the body, with the content type {string.Join(", ", ImageTypes)}.";

    public static void Map(WebApplication server, ServerSettings settings)
    {
        RouteGroupBuilder api = server.MapGroup("/api").WithTags("Gallery").ProducesProblem(StatusCodes.Status503ServiceUnavailable);

        api.MapGet("/settings", Describe)
            .WithName("GetSettings").WithSummary("Says what the server takes, and whether enrolment asks for a key.");

        api.MapPost("/faces", SearchAsync)
            .TakesPhotograph()
            .WithName("SearchFaces").WithSummary("Finds the faces of a photograph and, for each, the nearest people. The photograph is not kept.");

        api.MapGet("/people", ListAsync)
            .WithName("ListPeople").WithSummary("Lists enrolled faces, page by page.");

        api.MapPost("/people", EnrolAsync)
            .TakesPhotograph().RequireKey(settings)
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

    private static Task<Ok<PhotographResult>> SearchAsync(
        HttpRequest request, PhotographQueue queue, FaceReader reader, People people, CancellationToken cancellation) =>
        queue.RunAsync(request, photograph => NameFacesAsync(photograph, reader, people, cancellation), cancellation);

    private static async Task<Ok<PhotographResult>> NameFacesAsync(
        ReadOnlyMemory<byte> photograph, FaceReader reader, People people, CancellationToken cancellation)
    {
        FaceReading reading = reader.Read(photograph);
        float threshold = people.Threshold;
        var faces = new List<FaceResult>();
        foreach ((int index, FoundFace face) in reading.Faces.Index())
        {
            IReadOnlyList<NearPerson> nearest = await people.NearestAsync(face.Embedding, cancellation);
            string? name = nearest is [{ } first, ..] && first.Distance <= threshold ? first.Name : null;
            faces.Add(new FaceResult(index, FaceRectangle.Of(face.Box), face.Score, name, nearest));
        }

        return TypedResults.Ok(new PhotographResult(reading.Width, reading.Height, threshold, faces));
    }

    private static async Task<Created<Person>> EnrolAsync(
        string name, int? face, HttpRequest request, PhotographQueue queue, FaceReader reader, People people, CancellationToken cancellation)
    {
        string person = People.CheckName(name);
        Person enrolled = await queue.RunAsync(
            request,
            photograph => people.EnrolAsync(person, reader.Read(photograph, thumbnails: true).Choose(face), cancellation),
            cancellation);
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
        string id, People people, CancellationToken cancellation)
    {
        if (await people.ThumbnailAsync(id, cancellation) is not { } thumbnail)
        {
            return Problems.NotFound("thumbnail", id);
        }

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
