using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Retrieval;
using Siamese.Pipelines.Tests.Faces;
using Siamese.Pipelines.Tests.Training.Datasets;

namespace Siamese.Pipelines.Tests.Samples;

/// <summary>Speaks to the sample over HTTP, as another program does.</summary>
public sealed class GalleryServerTests
{
    private const string Key = "a key of the tests alone";

    private readonly byte[] _noise = Noise(200, 150);
    private GalleryServerProcess _server = null!;

    [OneTimeSetUp]
    public async Task Start() =>
        _server = await GalleryServerProcess.StartAsync(Key, "--max-bytes", "300000", "--max-pixels", "60000", "--concurrency", "2");

    [OneTimeTearDown]
    public void Stop() => _server?.Dispose();

    [Test]
    public async Task A_person_is_enrolled_found_shown_and_removed()
    {
        using GalleryServerProcess server = await GalleryServerProcess.StartAsync(Key);
        byte[] enrolled = Photograph("train", "madonna", 1);
        byte[] other = Photograph("train", "ben_afflek", 0);
        byte[] asked = Photograph("val", "madonna", 0);

        HttpResponseMessage created = await server.PostAsync("/api/people?name=%20Madonna%20", enrolled, key: Key);
        Assert.That(created.StatusCode, Is.EqualTo(HttpStatusCode.Created));
        JsonElement person = await created.Content.ReadFromJsonAsync<JsonElement>();
        Assert.That(created.Headers.Location!.ToString(), Is.EqualTo($"/api/people/{person.GetProperty("id").GetString()}"));
        (await server.PostAsync("/api/people?name=Ben&face=0", other, key: Key)).EnsureSuccessStatusCode();

        JsonElement same = await Json(await server.PostAsync("/api/faces", enrolled));
        JsonElement face = same.GetProperty("faces")[0];
        JsonElement nearest = face.GetProperty("nearest");
        Assert.That(face.GetProperty("name").GetString(), Is.EqualTo("Madonna"));
        Assert.That(nearest.EnumerateArray().Select(near => near.GetProperty("name").GetString()), Is.EqualTo(new[] { "Madonna", "Ben" }));
        Assert.That(nearest[0].GetProperty("distance").GetSingle(), Is.Zero);
        JsonElement box = face.GetProperty("box");
        Assert.That(box.GetProperty("x").GetSingle() + box.GetProperty("width").GetSingle(), Is.LessThan(same.GetProperty("width").GetInt32()));
        JsonElement another = (await Json(await server.PostAsync("/api/faces", asked))).GetProperty("faces")[0].GetProperty("nearest")[0];
        Assert.That(another.GetProperty("name").GetString(), Is.EqualTo("Madonna"));
        Assert.That(another.GetProperty("distance").GetSingle(), Is.InRange(0.1f, 0.75f));

        HttpResponseMessage thumbnail = await server.Client.GetAsync(nearest[0].GetProperty("thumbnail").GetString());
        byte[] picture = await thumbnail.Content.ReadAsByteArrayAsync();
        Assert.That((thumbnail.Content.Headers.ContentType!.MediaType, picture[0], picture[1]), Is.EqualTo(("image/jpeg", 0xFF, 0xD8)));
        Assert.That(picture, Has.Length.LessThan(20_000));
        JsonElement list = await server.Client.GetFromJsonAsync<JsonElement>("/api/people?take=1");
        Assert.That(
            (list.GetProperty("count").GetInt32(), list.GetProperty("people")[0].GetProperty("name").GetString()),
            Is.EqualTo((2, "Ben")),
            "the newest first");

        Assert.That((await server.DeleteAsync(created.Headers.Location.ToString(), Key)).StatusCode, Is.EqualTo(HttpStatusCode.NoContent));
        Assert.That((await server.DeleteAsync(created.Headers.Location.ToString(), Key)).StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That((await server.Client.GetAsync($"{created.Headers.Location}/thumbnail")).StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
        JsonElement left = await Json(await server.PostAsync("/api/faces", enrolled));
        Assert.That(
            left.GetProperty("faces")[0].GetProperty("nearest").EnumerateArray().Select(near => near.GetProperty("name").GetString()),
            Is.EqualTo(new[] { "Ben" }));
        Assert.That(left.GetProperty("faces")[0].GetProperty("name").ValueKind, Is.EqualTo(JsonValueKind.Null));
    }

    [Test]
    public async Task Somebody_with_many_faces_does_not_hide_the_others()
    {
        using var folder = new TemporaryFolder();
        string store = folder.File("faces.db");
        EmbeddingSpace space = FaceData.LoadDlib().Space;
        float[] At(float place) => [place, .. new float[space.Dimension - 1]];
        using (Gallery gallery = Gallery.Create(store, space))
        {
            // Ada's seventy faces are nearer to any face than Ben's and Cleo's, which lie far off.
            gallery.Add(Enumerable.Range(0, 70).Select(i => new GalleryItem($"photographs/ada/{i}.jpg", "Ada", At(0.001f * i))));
            gallery.Add([new GalleryItem("ben", "Ben", At(50)), new GalleryItem("cleo", "Cleo", At(90))]);
        }

        using GalleryServerProcess server = await GalleryServerProcess.StartAsync(null, "--store", store);
        JsonElement found = await Json(await server.PostAsync("/api/faces", Photograph("train", "madonna", 0)));
        JsonElement nearest = found.GetProperty("faces")[0].GetProperty("nearest");

        Assert.That(nearest.EnumerateArray().Select(near => near.GetProperty("name").GetString()), Is.EqualTo(new[] { "Ada", "Ben", "Cleo" }));
        Assert.That(nearest[0].GetProperty("thumbnail").ValueKind, Is.EqualTo(JsonValueKind.Null), "another program put it there, without one");
        Assert.That(
            (await server.DeleteAsync($"/api/people/{nearest[0].GetProperty("id").GetString()}")).StatusCode,
            Is.EqualTo(HttpStatusCode.NoContent),
            "though its id is a path");
    }

    [Test]
    public async Task Many_photographs_at_once_give_what_each_gives_alone()
    {
        byte[][] photographs = [.. new[] { "madonna", "ben_afflek", "elton_john" }.Select(person => Photograph("val", person, 0))];
        using GalleryServerProcess server = await GalleryServerProcess.StartAsync(null, "--concurrency", "2");
        string[] alone = new string[photographs.Length];
        for (int i = 0; i < alone.Length; i++)
        {
            alone[i] = await (await server.PostAsync("/api/faces", photographs[i])).Content.ReadAsStringAsync();
        }

        // Two at work and eight waiting are all that two allow; what comes beyond is told so.
        HttpResponseMessage[] answers = await Task.WhenAll(Enumerable.Range(0, 24).Select(i => server.PostAsync("/api/faces", photographs[i % 3])));

        for (int i = 0; i < answers.Length; i++)
        {
            string text = await answers[i].Content.ReadAsStringAsync();
            if (answers[i].StatusCode == HttpStatusCode.OK)
            {
                Assert.That(text, Is.EqualTo(alone[i % 3]));
            }
            else
            {
                Assert.That(answers[i].StatusCode, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
                Assert.That(answers[i].Headers.RetryAfter, Is.Not.Null);
                Assert.That(JsonDocument.Parse(text).RootElement.GetProperty("title").GetString(), Does.Contain("busy"));
            }
        }

        Assert.That(answers.Count(answer => answer.StatusCode == HttpStatusCode.OK), Is.GreaterThanOrEqualTo(10));
        Assert.That(answers.Count(answer => answer.StatusCode == HttpStatusCode.ServiceUnavailable), Is.Positive);
    }

    [Test]
    public async Task A_photograph_without_a_face_gives_none_and_enrols_none()
    {
        JsonElement found = await Json(await _server.PostAsync("/api/faces", _noise, "image/png"));

        Assert.That((found.GetProperty("width").GetInt32(), found.GetProperty("height").GetInt32()), Is.EqualTo((200, 150)));
        Assert.That(found.GetProperty("faces").GetArrayLength(), Is.Zero);
        await Told(
            HttpStatusCode.UnprocessableEntity,
            "No face was found",
            "better lit",
            await _server.PostAsync("/api/people?name=Ada", _noise, "image/png", Key));
        Assert.That((await _server.Client.GetFromJsonAsync<JsonElement>("/api/people")).GetProperty("count").GetInt32(), Is.Zero);
    }

    [Test]
    public async Task What_cannot_be_taken_is_told_with_a_remedy()
    {
        await Told(HttpStatusCode.RequestEntityTooLarge, "300,001 bytes", "Shrink it", await _server.PostAsync("/api/faces", new byte[300_001]));
        await Told(
            HttpStatusCode.UnprocessableEntity,
            "300 x 201 pixels",
            "at most 60,000 pixels",
            await _server.PostAsync("/api/faces", Noise(300, 201), "image/png"));
        await Told(HttpStatusCode.UnprocessableEntity, "does not hold an image", "JPEG", await _server.PostAsync("/api/faces", "not an image"u8.ToArray()));
        await Told(HttpStatusCode.UnprocessableEntity, "cut short", "whole", await _server.PostAsync("/api/faces", _noise[..^20], "image/png"));
        await Told(HttpStatusCode.UnprocessableEntity, "is empty", "as the body", await _server.PostAsync("/api/faces", []));
        await Told(HttpStatusCode.UnsupportedMediaType, null, "image/jpeg", await _server.PostAsync("/api/faces", _noise, "text/plain"));
        await Told(
            HttpStatusCode.UnprocessableEntity,
            "0 characters",
            "1 to 100",
            await _server.PostAsync("/api/people?name=%20", _noise, "image/png", Key));
        await Told(HttpStatusCode.BadRequest, "name", "openapi", await _server.PostAsync("/api/people", _noise, "image/png", Key));
        await Told(HttpStatusCode.BadRequest, "take 0", "from 1 to 200", await _server.Client.GetAsync("/api/people?take=0"));
        await Told(HttpStatusCode.NotFound, "'none'", "List", await _server.DeleteAsync("/api/people/none", Key));
    }

    [Test]
    public async Task A_body_of_unknown_length_is_taken_no_further_than_the_limit()
    {
        using var content = new StreamContent(new MemoryStream(new byte[600_000]));
        content.Headers.ContentType = new("image/jpeg");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/faces") { Content = content };
        request.Headers.TransferEncodingChunked = true;

        await Told(HttpStatusCode.RequestEntityTooLarge, "more than the 300,000 bytes", "Shrink it", await _server.Client.SendAsync(request));
    }

    [Test]
    public async Task Enrolment_and_removal_ask_for_the_key()
    {
        await Told(
            HttpStatusCode.Unauthorized, "no header X-Api-Key", "X-Api-Key", await _server.PostAsync("/api/people?name=Ada", _noise, "image/png"));
        await Told(
            HttpStatusCode.Unauthorized, "another key", "X-Api-Key", await _server.PostAsync("/api/people?name=Ada", _noise, "image/png", Key + "x"));
        await Told(HttpStatusCode.Unauthorized, "another key", "X-Api-Key", await _server.DeleteAsync("/api/people/none", Key[1..]));
        Assert.That((await _server.Client.GetFromJsonAsync<JsonElement>("/api/settings")).GetProperty("keyRequired").GetBoolean());
    }

    [Test]
    public async Task A_server_that_others_reach_does_not_start_without_a_key()
    {
        (int code, string error) = await GalleryServerProcess.RefuseAsync(null, "--urls", "http://0.0.0.0:0");
        Assert.That(code, Is.EqualTo(1), error);
        Assert.That(error, Does.Contain("http://0.0.0.0:0").And.Contain("GALLERY_SERVER_KEY").And.Contain("localhost"));

        (code, error) = await GalleryServerProcess.RefuseAsync(null, "--urls", "http://127.0.0.1:0", "http://*:0");
        Assert.That((code, error.Contains("http://*:0")), Is.EqualTo((1, true)), error);

        (code, error) = await GalleryServerProcess.RefuseAsync("short", "--urls", "http://127.0.0.1:0");
        Assert.That((code, error.Contains("5 characters")), Is.EqualTo((1, true)), error);

        (code, error) = await GalleryServerProcess.RefuseAsync(Key, "--urls", "https://127.0.0.1:0");
        Assert.That((code, error.Contains("speaks http alone")), Is.EqualTo((1, true)), error);

        (code, error) = await GalleryServerProcess.RefuseAsync(null, "--max-pixels", "0");
        Assert.That((code, error.Contains("--max-pixels is 0")), Is.EqualTo((1, true)), error);
    }

    [Test]
    public async Task Without_a_key_the_server_answers_to_the_names_of_this_machine_alone()
    {
        using GalleryServerProcess server = await GalleryServerProcess.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/settings");
        request.Headers.Host = "gallery.example";

        Assert.That((await server.Client.SendAsync(request)).StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That((await server.Client.GetAsync("/api/settings")).StatusCode, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task Health_says_whether_the_gallery_answers()
    {
        JsonElement health = await _server.Client.GetFromJsonAsync<JsonElement>("/health");

        Assert.That(health.GetProperty("status").GetString(), Is.EqualTo("Healthy"));
        Assert.That(health.GetProperty("checks").GetProperty("gallery").GetString(), Does.EndWith("faces"));
        Assert.That((await _server.Client.GetAsync("/health/ready")).StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(await _server.Client.GetStringAsync("/health/live"), Is.EqualTo("Healthy"));
    }

    [Test]
    public async Task The_document_describes_all_routes_and_which_ask_for_the_key()
    {
        JsonElement document = await _server.Client.GetFromJsonAsync<JsonElement>("/openapi/v1.json");

        JsonElement paths = document.GetProperty("paths");
        Assert.That(
            paths.EnumerateObject().SelectMany(path => path.Value.EnumerateObject().Select(method => $"{method.Name} {path.Name}")),
            Is.EquivalentTo(new[]
            {
                "get /api/settings", "post /api/faces", "get /api/people", "post /api/people",
                "get /api/people/{id}/thumbnail", "delete /api/people/{id}",
            }));
        Assert.That(paths.GetProperty("/api/people").GetProperty("post").GetProperty("security")[0].TryGetProperty("key", out _));
        Assert.That(paths.GetProperty("/api/faces").GetProperty("post").TryGetProperty("security", out _), Is.False);
        Assert.That(
            paths.GetProperty("/api/faces").GetProperty("post").GetProperty("requestBody").GetProperty("content")
                .TryGetProperty("image/jpeg", out _));
        Assert.That(
            document.GetProperty("components").GetProperty("securitySchemes").GetProperty("key").GetProperty("name").GetString(),
            Is.EqualTo("X-Api-Key"));
    }

    [TestCase("/")]
    [TestCase("/api/people")]
    [TestCase("/api/people?take=0")]
    public async Task Every_answer_says_what_a_page_may_do(string path)
    {
        HttpResponseMessage answer = await _server.Client.GetAsync(path);

        Assert.That(answer.Headers.GetValues("Content-Security-Policy").Single(), Does.StartWith("default-src 'none'").And.Not.Contain("unsafe"));
        Assert.That(answer.Headers.GetValues("X-Content-Type-Options").Single(), Is.EqualTo("nosniff"));
        Assert.That(answer.Headers.CacheControl!.NoStore);
    }

    [Test]
    public async Task A_gallery_outlives_its_server_and_that_of_another_network_is_refused()
    {
        using var folder = new TemporaryFolder();
        string store = folder.File("faces.db");
        byte[] photograph = Photograph("train", "madonna", 0);
        using (GalleryServerProcess first = await GalleryServerProcess.StartAsync(null, "--store", store))
        {
            (await first.PostAsync("/api/people?name=Madonna", photograph)).EnsureSuccessStatusCode();
        }

        using (GalleryServerProcess second = await GalleryServerProcess.StartAsync(null, "--store", store))
        {
            JsonElement list = await second.Client.GetFromJsonAsync<JsonElement>("/api/people");
            Assert.That(list.GetProperty("people")[0].GetProperty("name").GetString(), Is.EqualTo("Madonna"));
            string thumbnail = list.GetProperty("people")[0].GetProperty("thumbnail").GetString()!;
            Assert.That((await second.Client.GetAsync(thumbnail)).StatusCode, Is.EqualTo(HttpStatusCode.OK));
        }

        Gallery.Create(folder.File("other.db"), new EmbeddingSpace("another", 3)).Dispose();
        (int code, string error) = await GalleryServerProcess.RefuseAsync(null, "--store", folder.File("other.db"));
        Assert.That((code, error.Contains("'another'")), Is.EqualTo((1, true)), error);
    }

    [Test]
    [Platform(Exclude = "Win", Reason = "Windows lets nobody delete a file that is open.")]
    public async Task What_another_program_writes_is_seen_at_once_and_a_deleted_gallery_takes_nobody()
    {
        using var folder = new TemporaryFolder();
        string store = folder.File("faces.db");
        byte[] photograph = Photograph("train", "madonna", 1);
        using GalleryServerProcess server = await GalleryServerProcess.StartAsync(null, "--store", store);
        (await server.PostAsync("/api/people?name=Madonna", photograph)).EnsureSuccessStatusCode();
        async Task<string?> Named() =>
            (await Json(await server.PostAsync("/api/faces", photograph))).GetProperty("faces")[0].GetProperty("name").GetString();
        Assert.That(await Named(), Is.EqualTo("Madonna"));

        using (Gallery other = Gallery.Open(store))
        {
            GalleryItem kept = other.Items.Single();
            other.Add("renamed", "Ada", kept.Embedding.Span);
            other.Remove(kept.Id);
            Assert.That(await Named(), Is.EqualTo("Ada"));
            other.SetIdentificationThreshold(0.25f);
            Assert.That((await server.Client.GetFromJsonAsync<JsonElement>("/api/settings")).GetProperty("threshold").GetSingle(), Is.EqualTo(0.25f));
            other.Remove("renamed");
            Assert.That(await Named(), Is.Null);
            Assert.That((await server.Client.GetFromJsonAsync<JsonElement>("/api/people")).GetProperty("count").GetInt32(), Is.Zero);
        }

        File.Delete(store);

        await Told(HttpStatusCode.ServiceUnavailable, null, "log", await server.PostAsync("/api/people?name=Madonna", photograph));
        await Told(HttpStatusCode.ServiceUnavailable, null, "log", await server.PostAsync("/api/faces", photograph));
        Assert.That((await server.Client.GetAsync("/health/ready")).StatusCode, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
    }

    private static byte[] Photograph(string part, string person, int index) => File.ReadAllBytes(TestData.Celebrity(part, person)[index]);

    private static byte[] Noise(int width, int height)
    {
        using var folder = new TemporaryFolder();
        return File.ReadAllBytes(folder.Image("noise.png", width, height, new Random(1)));
    }

    private static async Task<JsonElement> Json(HttpResponseMessage answer) =>
        await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>();

    private static async Task Told(HttpStatusCode status, string? detail, string remedy, HttpResponseMessage answer)
    {
        string text = await answer.Content.ReadAsStringAsync();
        Assert.That(answer.StatusCode, Is.EqualTo(status), text);
        Assert.That(answer.Content.Headers.ContentType!.MediaType, Is.EqualTo("application/problem+json"));
        JsonElement problem = JsonDocument.Parse(text).RootElement;
        Assert.That(problem.GetProperty("title").GetString(), Is.Not.Empty);
        Assert.That(problem.GetProperty("remedy").GetString(), Does.Contain(remedy));
        if (detail is not null)
        {
            Assert.That(problem.GetProperty("detail").GetString(), Does.Contain(detail));
        }
    }
}
