using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Siamese.Pipelines.Faces;
using Siamese.Pipelines.Retrieval;
using Siamese.Samples.Stores;

namespace Siamese.Samples.GalleryServer;

/// <summary>The people of a gallery. A face is one item, thumbnail included, so that it is enrolled whole or not at all.</summary>
internal sealed class People(IGallery gallery, FaceModel model, ServerSettings settings, TimeProvider clock)
{
    private const string Thumbnail = "thumbnail";
    private const int PeopleShown = 4;
    private const int Page = 32;
    private const int MostPages = 8;

    /// <summary>Gets the distance beyond which a face is nobody's.</summary>
    public float Threshold
    {
        get
        {
            // Another program may have calibrated the gallery since.
            var kept = gallery as Gallery;
            kept?.Refresh();
            return settings.Threshold ?? kept?.IdentificationThreshold ?? model.VerificationThreshold ?? ServerSettings.UsualThreshold;
        }
    }

    /// <summary>Returns the one spelling of a name.</summary>
    /// <exception cref="ProblemException">The name cannot be kept.</exception>
    public static string CheckName(string text) =>
        PersonName.TryNormalize(text, out string name, out string? problem)
            ? name
            : throw new ProblemException(
                StatusCodes.Status422UnprocessableEntity,
                "The name cannot be kept.",
                problem!,
                $"Give 1 to {PersonName.LongestName} visible characters on one line.");

    /// <summary>Finds the nearest people: of each, the nearest face.</summary>
    public async Task<IReadOnlyList<NearPerson>> NearestAsync(float[] embedding, CancellationToken cancellation)
    {
        var nearest = new Dictionary<string, Match>(StringComparer.Ordinal);
        for (int page = 0; page < MostPages && nearest.Count < PeopleShown; page++)
        {
            // Somebody with many faces may fill a page alone.
            IReadOnlyList<Match> matches = (await gallery.NearestAsync([embedding], Page, skip: page * Page, cancellationToken: cancellation))[0];
            foreach (Match match in matches)
            {
                // Another program may have written one name in two ways.
                _ = PersonName.TryNormalize(match.Label, out string name, out _);
                nearest.TryAdd(name, match);
            }

            if (matches.Count < Page)
            {
                break;
            }
        }

        var people = new List<NearPerson>();
        foreach (Match match in nearest.Values.OrderBy(match => match.Distance).Take(PeopleShown))
        {
            // One that was removed meanwhile is passed over.
            if (await gallery.FindAsync(match.Id, cancellation) is { } item)
            {
                Person person = PersonOf(item);
                people.Add(new NearPerson(person.Id, person.Name, match.Distance, person.Thumbnail));
            }
        }

        return people;
    }

    public async Task<Person> EnrolAsync(string name, FoundFace face, CancellationToken cancellation)
    {
        // A gallery lists its items in the order of their ids: so the newest comes first.
        string id = $"{long.MaxValue - clock.GetUtcNow().Ticks:x16}-{RandomNumberGenerator.GetHexString(12, lowercase: true)}";
        var item = new GalleryItem(id, name, face.Embedding)
        {
            Metadata = new Dictionary<string, string> { [Thumbnail] = Convert.ToBase64String(face.Thumbnail) },
        };
        await gallery.AddAsync(item, cancellation);
        return PersonOf(item);
    }

    public async Task<PeoplePage> ListAsync(int skip, int take, CancellationToken cancellation)
    {
        var people = new List<Person>();
        await foreach (GalleryItem item in gallery.ItemsAsync(skip: skip, cancellationToken: cancellation).Take(take))
        {
            people.Add(PersonOf(item));
        }

        return new PeoplePage(await gallery.CountAsync(cancellation), people);
    }

    public async Task<byte[]?> ThumbnailAsync(string id, CancellationToken cancellation) =>
        Decode(id) is { } known
        && await gallery.FindAsync(known, cancellation) is { } item
        && item.Metadata.TryGetValue(Thumbnail, out string? thumbnail)
            ? Convert.FromBase64String(thumbnail)
            : null;

    public async Task<bool> RemoveAsync(string id, CancellationToken cancellation) =>
        Decode(id) is { } known && await gallery.RemoveAsync([known], cancellation) == 1;

    private static Person PersonOf(GalleryItem item)
    {
        // What another program put into the gallery may have a path for its id, and no thumbnail.
        string id = Base64Url.EncodeToString(Encoding.UTF8.GetBytes(item.Id));
        return new Person(id, item.Label, item.Metadata.ContainsKey(Thumbnail) ? $"/api/people/{id}/thumbnail" : null);
    }

    private static string? Decode(string id)
    {
        try
        {
            return Encoding.UTF8.GetString(Base64Url.DecodeFromChars(id));
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
