using System.Text.Json;
using System.Text.Json.Serialization;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.HostFiltering;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Siamese.Pipelines.Faces;
using Siamese.Pipelines.Retrieval;
using Siamese.Samples.Stores;

namespace Siamese.Samples.GalleryServer;

/// <summary>Puts the server together.</summary>
internal static class GalleryApplication
{
    public const string Photographs = "photographs";

    // The page has nothing of others and shows only what it was given: the photograph itself (blob:) and thumbnails.
    private const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    public static async Task<WebApplication> BuildAsync(ServerSettings settings, CancellationToken cancellation)
    {
        string models = Path.Combine(AppContext.BaseDirectory, "models");
        FaceModel model = FaceNetworks.Dlib.Load(Path.Combine(models, "face-resnet34-128.onnx"));
        IGallery gallery = await GalleryStore.OpenOrCreateAsync(settings.Store, model.Space, cancellation);

        // Empty: no file or variable beside the command line can open another address.
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(
            new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory, WebRootPath = "wwwroot" });
        builder.WebHost.UseKestrelCore().UseUrls([.. settings.Urls]).ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;

            // The API refuses larger photographs itself, and with a remedy; what is beyond this ends the connection.
            kestrel.Limits.MaxRequestBodySize = checked(4 * settings.MaximumBytes);
        });
        builder.Logging.AddSimpleConsole(console => console.SingleLine = true).AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        Add(builder.Services, settings, gallery, model, () => SsdFaceDetector.Load(
            Path.Combine(models, "face-ssd-mobilenetv1.onnx"), Path.Combine(models, "face-landmark-68.onnx")));

        WebApplication server = builder.Build();
        server.Use((context, next) =>
        {
            // At the start of the response: what handles an exception begins it anew.
            context.Response.OnStarting(() =>
            {
                IHeaderDictionary headers = context.Response.Headers;
                headers.ContentSecurityPolicy = ContentSecurityPolicy;
                headers.XContentTypeOptions = "nosniff";
                headers["Referrer-Policy"] = "no-referrer";
                if (headers.CacheControl.Count == 0)
                {
                    headers.CacheControl = "no-store";
                }

                return Task.CompletedTask;
            });
            return next(context);
        });
        server.UseExceptionHandler();
        server.UseStatusCodePages();
        server.UseHostFiltering();
        server.UseDefaultFiles();
        server.UseStaticFiles();
        server.UseRouting();
        server.UseRateLimiter();
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
                context.ProblemDetails.Extensions["remedy"] =
                    $"Send the bytes of the photograph as the body, with the content type {string.Join(", ", GalleryApi.ImageTypes)}.";
            }
        });
        services.AddExceptionHandler<ProblemHandler>();
        services.AddHostFiltering(filtering => Filter(filtering, settings));
        services.AddRateLimiter(limiter =>
        {
            limiter.AddConcurrencyLimiter(Photographs, options =>
            {
                options.PermitLimit = settings.Concurrency;
                options.QueueLimit = 4 * settings.Concurrency;
                options.QueueProcessingOrder = QueueProcessingOrder.OldestFirst;
            });
            limiter.OnRejected = async (context, stop) =>
            {
                context.HttpContext.Response.Headers.RetryAfter = "1";
                await Problems.Busy(settings.Concurrency).ExecuteAsync(context.HttpContext);
            };
        });
    }

    /// <summary>Without a key, a page of another site must not reach this machine by a name of its own (DNS rebinding).</summary>
    private static void Filter(HostFilteringOptions filtering, ServerSettings settings) =>
        filtering.AllowedHosts = settings.Key is null ? ["localhost", "127.0.0.1", "[::1]"] : ["*"];

    private static Task WriteHealthAsync(HttpContext context, HealthReport report) =>
        context.Response.WriteAsJsonAsync(
            new HealthStatusReport(
                report.Status.ToString(),
                report.Entries.ToDictionary(entry => entry.Key, entry => $"{entry.Value.Status}: {entry.Value.Description}")),
            JsonSerializerOptions.Web);
}
