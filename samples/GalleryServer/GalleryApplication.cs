using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Siamese.Pipelines.Faces;
using Siamese.Pipelines.Retrieval;
using Siamese.Samples.Stores;

namespace Siamese.Samples.GalleryServer;

/// <summary>Puts the server together.</summary>
internal static class GalleryApplication
{
    // The page has nothing of others and shows only what it was given: the photograph itself (blob:) and thumbnails.
    private const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private const double LeastBytesPerSecond = 4096;

    public static async Task<WebApplication> BuildAsync(ServerSettings settings, CancellationToken cancellation)
    {
        string models = Path.Combine(AppContext.BaseDirectory, "models");
        FaceModel model = FaceNetworks.Dlib.Load(Path.Combine(models, "face-resnet34-128.onnx"));
        IGallery gallery = await GalleryStore.OpenOrCreateAsync(settings.Store, model.Space, cancellation);

        // Empty: no file or variable beside the command line can open another address.
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(
            new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory, WebRootPath = "wwwroot" });
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;

            // The API refuses larger photographs itself, and with a remedy; what is beyond this ends the connection.
            kestrel.Limits.MaxRequestBodySize = 4 * settings.MaximumBytes;
            kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(LeastBytesPerSecond, gracePeriod: TimeSpan.FromSeconds(5));
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
            foreach (ListeningAddress address in settings.Addresses)
            {
                address.Listen(kestrel);
            }
        });
        builder.Logging.AddSimpleConsole(console => console.SingleLine = true).AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        Add(builder.Services, settings, gallery, model, () => SsdFaceDetector.Load(
            Path.Combine(models, "face-ssd-mobilenetv1.onnx"), Path.Combine(models, "face-landmark-68.onnx")));

        WebApplication server = builder.Build();
        server.Use((context, next) =>
        {
            // At the start of the response: what handles an exception clears the headers.
            context.Response.OnStarting(() =>
            {
                IHeaderDictionary headers = context.Response.Headers;
                headers.ContentSecurityPolicy = ContentSecurityPolicy;
                headers.XContentTypeOptions = "nosniff";
                headers["Referrer-Policy"] = "no-referrer";
                headers["Cross-Origin-Resource-Policy"] = "same-origin";
                headers["Cross-Origin-Opener-Policy"] = "same-origin";

                // Pictures of people too: who was removed must not stay in a browser's cache.
                headers.CacheControl = "no-store";
                return Task.CompletedTask;
            });
            return next(context);
        });
        server.UseExceptionHandler();
        server.UseStatusCodePages();
        var hosts = new HostGuard(settings);
        server.Use((context, next) =>
        {
            hosts.Check(context.Request);
            OriginGuard.Check(context.Request);
            QueryGuard.Check(context.Request);
            return next(context);
        });
        server.UseDefaultFiles();
        server.UseStaticFiles();
        server.UseRouting();
        server.MapOpenApi();
        server.MapHealthChecks("/health", new HealthCheckOptions { ResponseWriter = WriteHealthAsync });
        server.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false });
        server.MapHealthChecks(
            "/health/ready", new HealthCheckOptions { ResponseWriter = WriteHealthAsync, Predicate = check => check.Tags.Contains("ready") });
        GalleryApi.Map(server, settings);

        // Networks are loaded before the first photograph comes, and what is wrong with them is told at once.
        server.Services.GetRequiredService<FaceReader>();
        server.Services.GetRequiredService<People>();
        return server;
    }

    private static void Add(IServiceCollection services, ServerSettings settings, IGallery gallery, FaceModel model, Func<FaceDetector> detector)
    {
        services.AddSingleton(settings);
        services.AddSingleton(model);
        services.AddSingleton(TimeProvider.System);

        // By factories, so that the server disposes what it was given.
        services.AddSingleton(_ => gallery);
        services.AddSingleton(_ => detector());
        services.AddSingleton<FaceReader>();
        services.AddSingleton<PhotographQueue>();
        services.AddSingleton<People>();
        services.AddRouting();
        services.ConfigureHttpJsonOptions(json => json.SerializerOptions.NumberHandling = JsonNumberHandling.Strict);
        services.AddHealthChecks().AddCheck<GalleryHealth>("gallery", tags: ["ready"]);
        services.AddOpenApi(options => options.AddDocumentTransformer<ApiDescription>());
        services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true);
        services.AddProblemDetails(options => options.CustomizeProblemDetails = context =>
        {
            if (context.ProblemDetails.Status == StatusCodes.Status415UnsupportedMediaType)
            {
                context.ProblemDetails.Extensions["remedy"] = GalleryApi.ImageTypesRemedy;
            }
        });
        services.AddExceptionHandler<ProblemHandler>();
    }

    private static Task WriteHealthAsync(HttpContext context, HealthReport report) =>
        context.Response.WriteAsJsonAsync(
            new HealthStatusReport(
                report.Status.ToString(),
                report.Entries.ToDictionary(entry => entry.Key, entry => $"{entry.Value.Status}: {entry.Value.Description}")),
            JsonSerializerOptions.Web);
}
