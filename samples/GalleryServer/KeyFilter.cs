using System.Security.Cryptography;
using System.Text;

namespace Siamese.Samples.GalleryServer;

/// <summary>Lets nobody pass who does not show the key.</summary>
internal sealed class KeyFilter(string key) : IEndpointFilter
{
    public const string Header = "X-Api-Key";

    private readonly byte[] _expected = Hash(key);

    public ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        string shown = context.HttpContext.Request.Headers[Header].ToString();

        // Of digests, which are all of one length: the time taken says nothing of the key, not even how long it is.
        if (CryptographicOperations.FixedTimeEquals(Hash(shown), _expected))
        {
            return next(context);
        }

        context.HttpContext.Response.Headers.WWWAuthenticate = $"ApiKey header=\"{Header}\"";
        return ValueTask.FromResult<object?>(Problems.Of(
            StatusCodes.Status401Unauthorized,
            "The key is not the server's.",
            shown.Length == 0 ? $"The request has no header {Header}." : $"The header {Header} holds another key.",
            $"Send the key that the server was started with in {Header}."));
    }

    private static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}
